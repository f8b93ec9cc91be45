import type { Connection } from '../database.ts';
import { AccountQueries } from './accounts.ts';
import { ConversationQueries } from './conversations.ts';
import { MessageQueries } from './messages.ts';
import { ReceiptQueries } from './receipts.ts';
import { ReplicaQueries } from './replicas.ts';

/** All reads of the tables, prepared once for a connection. */
export class Queries {
  readonly accounts: AccountQueries;
  readonly conversations: ConversationQueries;
  readonly messages: MessageQueries;
  readonly receipts: ReceiptQueries;
  readonly replicas: ReplicaQueries;

  constructor(db: Connection) {
    this.accounts = new AccountQueries(db);
    this.conversations = new ConversationQueries(db);
    this.messages = new MessageQueries(db);
    this.receipts = new ReceiptQueries(db);
    this.replicas = new ReplicaQueries(db);
  }
}

import { ChangeKind } from '@parley/proto/replication';
import type { LoggedChange } from '../../src/store/log.ts';
import type { Store } from '../../src/store/store.ts';
import { type Ledger, writeKey } from './ledger.ts';

/** Nobody is shown an answer before its question, or an edit before its message [C1]. */
export class Causality {
  /** Answer → question; both `sender/message`. */
  readonly questions = new Map<string, string>();
  /** Answers that were taken where the question was not: shown as a reply to a message that is not here. */
  readonly blind = new Set<string>();
  /** Answers' creations that have been seen anywhere. */
  readonly #written = new Set<string>();
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** To be called before the ledger hears of the commit. `onBlind`: an answer was taken without its question. Undefined, or what is wrong. */
  check(where: string, store: Store, changes: readonly LoggedChange[], onBlind: () => void): string | undefined {
    for (const [at, { header }] of changes.entries()) {
      const question = this.#questionOf(header);
      if (question === undefined) continue;
      const isHere = isKnown(store, question);
      const stamp = `${header.origin}/${header.seq}`;
      const isFirst = !this.#written.has(stamp);
      this.#written.add(stamp);
      if (isHere && !(isFirst && this.#comesAfter(where, question, changes.slice(at)))) continue;
      if (isFirst) {
        this.blind.add(header.key);
        onBlind();
      } else if (!this.blind.has(header.key) && this.#ledger.isHeld(writeKey(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, question))) {
        return `${where}: answer ${header.key} before question ${question}`;
      }
    }
    return undefined;
  }

  /** Did the question come after the answer was taken, in the same commit? */
  #comesAfter(where: string, question: string, later: readonly LoggedChange[]): boolean {
    const isCreation = ({ header }: LoggedChange) => header.kind === ChangeKind.CHANGE_KIND_MESSAGE_CREATED && header.key === question;
    return later.some(isCreation) && !this.#ledger.isHeldBy(where, writeKey(ChangeKind.CHANGE_KIND_MESSAGE_CREATED, question));
  }

  /** What has to be there before a change is seen: the question of an answer, and the message of an edit. */
  #questionOf({ kind, key }: LoggedChange['header']): string | undefined {
    if (kind === ChangeKind.CHANGE_KIND_MESSAGE_EDITED) return key.split('/').slice(0, 2).join('/');
    return kind === ChangeKind.CHANGE_KIND_MESSAGE_CREATED ? this.questions.get(key) : undefined;
  }
}

function isKnown(store: Store, key: string): boolean {
  const [sender = '', message = ''] = key.split('/');
  const row = store.queries.messages.byKey(sender, sender, message);
  return row !== undefined && (row.position !== undefined || row.deleted);
}

import type { Connection } from '../database.ts';

export interface ReplicaRow {
  readonly replicaId: string;
  /** host:port for peers. */
  readonly address: string;
  /** URL for browsers; may be empty. */
  readonly publicUrl: string;
  readonly name: string;
}

export class ReplicaQueries {
  readonly #members;

  constructor(db: Connection) {
    // Of the replicas registered for one address only the latest counts: a rebuilt machine takes its place.
    this.#members = db.prepare<[], ReplicaRow>(
      `SELECT replica_id AS replicaId, address, public_url AS publicUrl, name FROM replicas r
       WHERE NOT EXISTS (SELECT 1 FROM replicas o WHERE o.address = r.address AND (o.hlc, o.origin, o.seq) > (r.hlc, r.origin, r.seq))
       ORDER BY name, replica_id`,
    );
  }

  /** The cluster's members. */
  members(): ReplicaRow[] {
    return this.#members.all();
  }
}

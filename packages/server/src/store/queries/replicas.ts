import type { Connection } from '../database.ts';

export interface ReplicaRow {
  readonly replicaId: string;
  /** host:port for peers. */
  readonly address: string;
  /** URL for browsers; may be empty. */
  readonly publicUrl: string;
  readonly name: string;
}

/** How a replica registered last, and the stamp of that. */
export interface RegisteredRow extends ReplicaRow {
  readonly hlc: number;
  readonly origin: number;
  readonly seq: number;
}

/** A replica that was removed, and the stamp of that. */
export interface RemovedRow {
  readonly replicaId: string;
  readonly hlc: number;
  readonly origin: number;
  readonly seq: number;
}

const IS_OUT = '(m.hlc, m.origin, m.seq) > (r.hlc, r.origin, r.seq)';

export class ReplicaQueries {
  readonly #members;
  readonly #removed;
  readonly #removal;
  readonly #registration;

  constructor(db: Connection) {
    // Of the replicas registered for one address only the latest counts, removed or not: a rebuilt machine takes its place.
    this.#members = db.prepare<[], ReplicaRow>(
      `SELECT replica_id AS replicaId, address, public_url AS publicUrl, name FROM replicas r
       WHERE NOT EXISTS (SELECT 1 FROM replicas o WHERE o.address = r.address AND (o.hlc, o.origin, o.seq) > (r.hlc, r.origin, r.seq))
         AND NOT EXISTS (SELECT 1 FROM removals m WHERE m.replica_id = r.replica_id AND ${IS_OUT})
       ORDER BY name, replica_id`,
    );
    const removed = `SELECT m.replica_id AS replicaId, m.hlc, m.origin, m.seq FROM removals m LEFT JOIN replicas r ON r.replica_id = m.replica_id
       WHERE (r.replica_id IS NULL OR ${IS_OUT})`;
    this.#removed = db.prepare<[], RemovedRow>(`${removed} ORDER BY m.replica_id`);
    this.#removal = db.prepare<[string], RemovedRow>(`${removed} AND m.replica_id = ?`);
    this.#registration = db.prepare<[string], RegisteredRow>('SELECT replica_id AS replicaId, address, public_url AS publicUrl, name, hlc, origin, seq FROM replicas WHERE replica_id = ?');
  }

  /** The cluster's members. */
  members(): ReplicaRow[] {
    return this.#members.all();
  }

  /** Those that were removed and have not registered again. */
  removed(): RemovedRow[] {
    return this.#removed.all();
  }

  /** The same of one replica: undefined for one that is not removed. */
  removal(replicaId: string): RemovedRow | undefined {
    return this.#removal.get(replicaId);
  }

  /** How a replica registered last, be it a member still or not. */
  registration(replicaId: string): RegisteredRow | undefined {
    return this.#registration.get(replicaId);
  }
}

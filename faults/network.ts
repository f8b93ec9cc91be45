import { Link } from './link.ts';

/** The links between everybody, each directed pair with one of its own. */
export class Network {
  readonly #links = new Map<string, Link>();

  private constructor(links: readonly Link[]) {
    for (const link of links) this.#links.set(link.name, link);
  }

  /** Opens the links from each replica to each other one, and from each place to each replica. `replicas`: name → gRPC port. */
  static async open(replicas: ReadonlyMap<string, number>, places: readonly string[]): Promise<Network> {
    const ways = [...replicas.keys(), ...places].flatMap((from) => [...replicas].filter(([to]) => to !== from).map(([to, port]) => ({ name: nameOf(from, to), port })));
    return new Network(await Promise.all(ways.map(({ name, port }) => Link.open(name, port))));
  }

  link(from: string, to: string): Link {
    const link = this.#links.get(nameOf(from, to));
    if (!link) throw new Error(`there is no link ${nameOf(from, to)}`);
    return link;
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
  }
}

function nameOf(from: string, to: string): string {
  return `${from}>${to}`;
}

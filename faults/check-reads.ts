import { groupBy } from './group-by.ts';
import { isBefore, type MessageKey, type Place, type Recorded, type ShownMessage } from './history.ts';
import type { StoredMessage, Violation } from './verdict.ts';

export interface ReadsVerdict {
  readonly pages: number;
  readonly behind: number;
  /** Pages that were compared with something that their session had seen before. */
  readonly compared: number;
  /** What any page or stream has shown to anybody. */
  readonly everShown: ReadonlySet<MessageKey>;
  /** How many of these messages some page lacked that was asked for after their time of acknowledgement. */
  readonly countStale: (acknowledgedAt: ReadonlyMap<MessageKey, number>) => number;
}

interface Read {
  readonly askedAt: number;
  readonly session: string;
  readonly account: string;
  readonly conversation: string;
  readonly hasSeen: boolean;
  /** How many messages the session knew of the conversation when it asked. */
  readonly knew: number;
}

interface Page extends Read {
  readonly has: ReadonlySet<MessageKey>;
  readonly from: Place | undefined;
  readonly upTo: Place | undefined;
}

/**
 * No session sees less than before: a page that does not say that its server is behind has all that the session had been
 * shown of that part of the conversation when it asked [N2]; a timeline loses nothing; and at the end it shows what the replicas
 * hold, without a hole [L2]. `hidden`: `account message` of what accounts asked not to see.
 */
export function checkReads(history: readonly Recorded[], stored: readonly StoredMessage[], hidden: ReadonlySet<string>, report: (what: Violation['what'], detail: string) => void): ReadsVerdict {
  const places = new Map(stored.map((message) => [message.key, message]));
  const known = new Map<string, Map<MessageKey, Place>>();
  const reads = new Map<number, Read>();
  const pages: Page[] = [];
  const everShown = new Set<MessageKey>();
  let behind = 0;
  let compared = 0;
  const laneOf = ({ session, conversation }: { session: string; conversation: string }) => `${session} ${conversation}`;
  const learn = (lane: string, messages: readonly ShownMessage[]) => {
    const shown = known.get(lane) ?? new Map<MessageKey, Place>();
    known.set(lane, shown);
    for (const message of messages) {
      if (!shown.has(message.key)) shown.set(message.key, message);
      everShown.add(message.key);
    }
  };

  for (const event of history) {
    switch (event.type) {
      case 'ask': {
        const { at: askedAt, read, session, account, conversation, hasSeen } = event;
        reads.set(read, { askedAt, session, account, conversation, hasSeen, knew: known.get(laneOf(event))?.size ?? 0 });
        break;
      }
      case 'page': {
        const read = reads.get(event.read);
        if (!read) break;
        const page = { ...read, has: new Set(event.messages.map(({ key }) => key)), from: event.from, upTo: event.upTo };
        const lane = laneOf(read);
        if (event.behind) behind += 1;
        else if (read.hasSeen) checkPage(page, known.get(lane) ?? new Map<MessageKey, Place>());
        pages.push(page);
        learn(lane, event.messages);
        break;
      }
      case 'shown':
        learn(laneOf(event), event.messages);
        break;
      case 'vanished':
        for (const key of event.keys) if (!hidden.has(`${event.account} ${key}`)) report('went back', `${key} was in the timeline of ${event.session} and is not any more`);
        break;
      case 'view':
        checkView(event);
        break;
      default:
    }
  }

  function checkPage(page: Page, shown: ReadonlyMap<MessageKey, Place>): void {
    if (page.knew > 0) compared += 1;
    for (const [key, place] of [...shown].slice(0, page.knew)) {
      // A retry may have lowered its place since: it was on the page all along only if both places are.
      if (page.has.has(key) || !isWithin(page, place) || !isWithin(page, places.get(key)) || hidden.has(`${page.account} ${key}`)) continue;
      report('went back', `${key} had been shown to ${page.session}, and a page asked for at ${page.askedAt} ms lacks it`);
    }
  }

  function checkView(view: Recorded & { type: 'view' }): void {
    const floor = places.get(view.messages[0]?.key ?? '');
    const wanted = stored
      .filter(({ conversation, key, hlc }) => conversation === view.conversation && hlc !== undefined && !hidden.has(`${view.account} ${key}`))
      .filter((message) => floor && !isBefore(message, floor))
      .sort((a, b) => (isBefore(a, b) ? -1 : 1))
      .map(({ key, deleted }) => `${key}${deleted ? ' deleted' : ''}`);
    const has = view.messages.filter(({ key }) => !hidden.has(`${view.account} ${key}`)).map(({ key, deleted }) => `${key}${deleted ? ' deleted' : ''}`);
    if (wanted.join('\n') === has.join('\n')) return;
    const [lacks, extra] = [wanted.filter((line) => !has.includes(line)), has.filter((line) => !wanted.includes(line))];
    report('wrong view', `${view.session} at the end lacks [${lacks.join(', ')}] of ${view.conversation}, has [${extra.join(', ')}] too much${lacks.length + extra.length === 0 ? ', and another order' : ''}`);
  }

  return {
    pages: pages.length,
    behind,
    compared,
    everShown,
    countStale: (acknowledgedAt) => countStale(acknowledgedAt, places, pages),
  };
}

/** Does that page reach to that place? */
function isWithin({ from, upTo }: Page, place: Partial<Place> | undefined): boolean {
  return place?.hlc !== undefined && (!from || !isBefore(place, from)) && (!upTo || isBefore(place, upTo));
}

function countStale(acknowledgedAt: ReadonlyMap<MessageKey, number>, places: ReadonlyMap<MessageKey, StoredMessage>, pages: readonly Page[]): number {
  const byConversation = groupBy(pages, ({ conversation }) => conversation);
  let stale = 0;
  for (const [key, at] of acknowledgedAt) {
    const message = places.get(key);
    const later = byConversation.get(message?.conversation ?? '') ?? [];
    if (message && !message.deleted && later.some((page) => page.askedAt > at && isWithin(page, message) && !page.has.has(key))) stale += 1;
  }
  return stale;
}

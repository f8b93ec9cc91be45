import type { AccountView } from '@parley/client/api';
import { nameOf } from '../name.ts';
import { openerIdOf } from '../route.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Panel } from '../ui/panel.tsx';
import { useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';
import { Shortcuts } from './shortcuts.tsx';
import { useSince } from './use-since.ts';

interface DetailsPanelProps {
  readonly conversationId: string;
  readonly other: AccountView;
  /** The id of one's own account. */
  readonly self: string;
  readonly onClose: () => void;
}

/** Who a conversation is with, since when, where its messages are, and the keys that work in it. */
export function DetailsPanel({ conversationId, other, self, onClose }: DetailsPanelProps) {
  const since = useSince(conversationId);
  const servers = useSnapshot((snapshot) => snapshot.servers);
  const own = other.accountId === self;
  return (
    <Panel title={words.details.title} openerId={openerIdOf('details')} onClose={onClose}>
      <div className="details-who">
        <Avatar account={other} />
        <p className="details-name">{nameOf(other, self)}</p>
        {own && <p className="quiet">{words.details.yourself}</p>}
        {other.deleted && <p className="quiet">{words.details.deleted}</p>}
      </div>
      <SharedName username={other.username} own={own} />
      <section className="details-section">
        <h3>{words.details.conversation}</h3>
        <dl className="facts">
          {since !== undefined && (
            <div>
              <dt>{words.details.since}</dt>
              <dd>{since}</dd>
            </div>
          )}
          <div>
            <dt>{words.details.kept}</dt>
            <dd>{words.details.keptOn(servers.map((server) => server.name))}</dd>
          </div>
          <div>
            <dt>{words.details.accountId}</dt>
            <dd className="details-id">{other.accountId}</dd>
          </div>
        </dl>
      </section>
      <Shortcuts />
    </Panel>
  );
}

/** A name such as `zoe~k3f9` tells two accounts apart that claimed one username. */
function SharedName({ username, own }: { readonly username: string; readonly own: boolean }) {
  const at = username.indexOf('~');
  if (at === -1) return null;
  return <p className="notice">{own ? words.details.ownSharedName(username.slice(0, at)) : words.details.sharedName(username.slice(0, at), username)}</p>;
}

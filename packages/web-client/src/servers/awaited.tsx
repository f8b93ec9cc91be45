import { Skeleton } from '../ui/skeleton.tsx';
import { nextOf, useClock } from '../ui/use-clock.ts';
import { useSnapshot } from '../use-parley.ts';
import { noticeChangesAt, noticeOf } from './notice.ts';

interface AwaitedProps {
  /** Lines of the placeholder. */
  readonly lines: number;
  /** What to expect where no server answers. */
  readonly unreachable: string;
}

/** In place of what a server has yet to tell: a placeholder; once the bar says that no server can be reached, words. */
export function Awaited({ lines, unreachable }: AwaitedProps) {
  const connection = useSnapshot((snapshot) => snapshot.connection);
  const now = useClock((time) => nextOf(noticeChangesAt(connection, undefined), time));
  if (noticeOf(connection, undefined, now).kind === 'unreachable') return <p className="awaited">{unreachable}</p>;
  return <Skeleton lines={lines} />;
}

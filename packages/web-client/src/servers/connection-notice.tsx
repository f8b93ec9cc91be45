import { useEffect, useRef, useState } from 'react';
import { preciseTime } from '../times.ts';
import { Button } from '../ui/button.tsx';
import { CheckIcon, WarningIcon } from '../ui/icons.tsx';
import { nextOf, useClock } from '../ui/use-clock.ts';
import { useParley, useSnapshot } from '../use-parley.ts';
import { words } from '../words.ts';
import { type Notice, noticeChangesAt, noticeOf } from './notice.ts';

/** Says that the connection is gone, once that lasts, and that it is back, if its loss was told. */
export function ConnectionNotice() {
  return (
    <div className="connection" aria-live="polite">
      <NoticeBox notice={useNotice()} />
    </div>
  );
}

function useNotice(): Notice {
  const connection = useSnapshot((snapshot) => snapshot.connection);
  const [backAt, setBackAt] = useState<number>();
  const now = useClock((time) => nextOf(noticeChangesAt(connection, backAt), time));
  const notice = noticeOf(connection, backAt, now);

  const lossWasTold = useRef(false);
  const lossIsTold = notice.kind === 'reconnecting' || notice.kind === 'unreachable';
  useEffect(() => {
    if (lossIsTold) lossWasTold.current = true;
    else if (lossWasTold.current && connection.status !== 'reconnecting') {
      lossWasTold.current = false;
      if (connection.status === 'live') setBackAt(Date.now());
    }
  }, [lossIsTold, connection.status]);
  return notice;
}

function NoticeBox({ notice }: { readonly notice: Notice }) {
  switch (notice.kind) {
    case 'none':
      return null;
    case 'reconnecting':
      return <p className="pill">{words.connection.reconnecting}</p>;
    case 'back':
      return (
        <p className="pill pill-good">
          <CheckIcon />
          {words.connection.back}
        </p>
      );
    case 'unreachable':
      return <Unreachable lastContactAt={notice.lastContactAt} />;
  }
}

function Unreachable({ lastContactAt }: { readonly lastContactAt: number | undefined }) {
  const parley = useParley();
  return (
    <div className="bar">
      <WarningIcon />
      <p>
        {words.connection.unreachable}{' '}
        {lastContactAt !== undefined && <span className="bar-contact">{words.connection.lastContact(preciseTime(lastContactAt))}</span>}
      </p>
      <Button onClick={() => parley.nudge()}>{words.connection.tryNow}</Button>
    </div>
  );
}

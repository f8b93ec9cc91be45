import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';

export interface Toast {
  readonly text: string;
  readonly action?: { readonly name: string; readonly run: () => void } | undefined;
}

/** Time to read it and to reach its button; it does not run while the pointer or the focus is on it. */
const TOAST_MS = 5_000;

const ToastContext = createContext<((toast: Toast) => void) | undefined>(undefined);

/** Shows a passing notice, in place of the one before. */
export function useToast(): (toast: Toast) => void {
  const show = useContext(ToastContext);
  if (show === undefined) throw new Error('a component of the page is outside of <ToastProvider>');
  return show;
}

/** Holds the place where passing notices appear. */
export function ToastProvider({ children }: { readonly children: ReactNode }) {
  const [shown, setShown] = useState<{ readonly toast: Toast; readonly count: number }>();
  const show = useCallback((toast: Toast) => setShown((before) => ({ toast, count: (before?.count ?? 0) + 1 })), []);
  const hide = useCallback(() => setShown(undefined), []);
  const current = useMemo(() => shown && <ToastBox key={shown.count} toast={shown.toast} onDone={hide} />, [shown, hide]);
  return (
    <ToastContext value={show}>
      {children}
      <div className="toasts" aria-live="polite">
        {current}
      </div>
    </ToastContext>
  );
}

function ToastBox({ toast, onDone }: { readonly toast: Toast; readonly onDone: () => void }) {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return undefined;
    const timer = window.setTimeout(onDone, TOAST_MS);
    return () => window.clearTimeout(timer);
  }, [held, onDone]);

  return (
    <div
      className="toast"
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <p>{toast.text}</p>
      {toast.action !== undefined && (
        <>
          <span aria-hidden="true">·</span>
          <button
            type="button"
            className="toast-action"
            onClick={() => {
              toast.action?.run();
              onDone();
            }}
          >
            {toast.action.name}
          </button>
        </>
      )}
    </div>
  );
}

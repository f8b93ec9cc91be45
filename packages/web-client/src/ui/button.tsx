import type { ButtonHTMLAttributes, MouseEvent, ReactNode, Ref } from 'react';

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `primary`: the one thing to do here. `danger`: what cannot be taken back. */
  readonly tone?: 'plain' | 'primary' | 'danger' | 'quiet';
  /** What it does is under way: it can be seen and focused, but not pressed. (A disabled button would lose the focus.) */
  readonly busy?: boolean;
  readonly ref?: Ref<HTMLButtonElement>;
}

/** A button that does nothing but what its `onClick` says; one that submits a form has `type="submit"`. */
export function Button({ tone = 'plain', busy = false, className = '', type = 'button', onClick, ...rest }: ButtonProps) {
  const press = (event: MouseEvent<HTMLButtonElement>): void => {
    if (busy) event.preventDefault();
    else onClick?.(event);
  };
  return <button type={type} className={`button button-${tone} ${className}`} aria-disabled={busy || undefined} onClick={press} {...rest} />;
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** Its name, for screen readers and as a tooltip. */
  readonly name: string;
  readonly icon: ReactNode;
  readonly ref?: Ref<HTMLButtonElement>;
}

/** A square button with only an icon to see. Named by text inside, not by a label, so that it is not mistaken for a field. */
export function IconButton({ name, icon, className = '', ...rest }: IconButtonProps) {
  return (
    <button type="button" className={`icon-button ${className}`} title={name} {...rest}>
      {icon}
      <span className="spoken-only">{name}</span>
    </button>
  );
}

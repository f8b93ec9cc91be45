/** Puts a text on the clipboard. False where the browser does not let it. On plain http there is no clipboard API, and elsewhere it may refuse: then it is done the old way. */
export async function copyText(text: string): Promise<boolean> {
  // Undefined on plain http, whatever its type says.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  const isCopied = await clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  return isCopied === true || copyFromBox(text);
}

function copyFromBox(text: string): boolean {
  const focused = document.activeElement;
  const box = document.createElement('textarea');
  box.value = text;
  box.className = 'spoken-only';
  document.body.append(box);
  box.focus();
  box.select();
  try {
    return document.execCommand('copy');
  } finally {
    box.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}

/** Buttons that copy a text. */
import { byId, tell, textOf } from './find.ts';

/** Pages that are opened from a disk are not allowed to use the clipboard in every browser; marking a text and copying it they are. */
function copyMarked(text: string): boolean {
  const field = document.createElement('textarea');
  field.value = text;
  field.className = 'off-screen';
  document.body.append(field);
  field.select();
  try {
    return document.execCommand('copy');
  } finally {
    field.remove();
  }
}

async function copy(button: HTMLButtonElement, id: string): Promise<void> {
  const text = textOf(id);
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    done = copyMarked(text);
    button.focus();
  }
  const words = button.textContent ?? '';
  if (button.dataset.words !== undefined) return;
  button.dataset.words = words;
  button.textContent = done ? 'Copied' : 'Not copied';
  tell(done ? `copied ${byId(id).tagName === 'PRE' ? 'the text' : 'the program'}` : 'nothing could be copied');
  setTimeout(() => {
    button.textContent = words;
    delete button.dataset.words;
  }, 1500);
}

/** Shows the buttons, and lets them copy. */
export function copying(): void {
  for (const buttons of document.querySelectorAll<HTMLElement>('.buttons')) buttons.hidden = false;
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>('button[data-copy]');
    if (button?.dataset.copy !== undefined) void copy(button, button.dataset.copy);
  });
}

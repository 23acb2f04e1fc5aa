/** Elements of the page, which are there or the page is broken. */

/** The element with an id. */
export function byId<T extends HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no ${id}`);
  return element as T;
}

/** Says something to those who do not see what changed. */
export function tell(words: string): void {
  byId('told').textContent = words;
}

/** The text of a program: of a field as it is now, or of an element. */
export function textOf(id: string): string {
  const element = byId(id);
  return element instanceof HTMLTextAreaElement ? element.value : `${element.textContent ?? ''}\n`;
}

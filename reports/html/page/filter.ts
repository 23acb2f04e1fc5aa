/** Fields that leave only some rows of a table. */
import { byId } from './find.ts';

function filter(line: HTMLElement): void {
  const field = line.querySelector<HTMLInputElement>('input[data-filter]');
  const box = line.querySelector<HTMLInputElement>('input[data-only]');
  const output = line.querySelector('output');
  const id = field?.dataset.filter;
  if (field === null || box === null || output === null || id === undefined) return;
  const rows = [...byId<HTMLTableElement>(id).tBodies].flatMap((body) => [...body.rows]);
  const texts = rows.map((row) => (row.textContent ?? '').toLowerCase());
  const apply = (): void => {
    const words = field.value.toLowerCase().split(/\s+/);
    let shown = 0;
    rows.forEach((row, i) => {
      const fits = words.every((word) => texts[i]?.includes(word));
      row.hidden = !fits || (box.checked && !row.classList.contains('unreached'));
      if (!row.hidden) shown++;
    });
    output.textContent = shown === rows.length ? '' : `${shown} of ${rows.length}`;
  };
  field.addEventListener('input', apply);
  box.addEventListener('change', apply);
  line.hidden = false;
  // A browser may remember what stood in the field.
  apply();
}

/** Shows the fields, and lets them filter. */
export function filters(): void {
  for (const line of document.querySelectorAll<HTMLElement>('.filter')) filter(line);
}

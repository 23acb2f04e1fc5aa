/** A program's text with what can be done with it. */
import { type Markup, markup } from '../markup.ts';

/** `id`: of its own in the page. Buttons show where scripts run. */
export const programMarkup = (id: string, text: string, title: string, c?: string): Markup =>
  markup`<figure class="program"><figcaption>${title} <span class="buttons" hidden><button type="button" data-step="${id}">Step through</button> <button type="button" data-copy="${id}">Copy program</button>${c !== undefined && markup` <button type="button" data-copy="${id}-c">Copy C reproducer</button>`}</span></figcaption>
<pre id="${id}" tabindex="0">${text.trimEnd()}</pre>${c !== undefined && markup`<details><summary>C reproducer</summary><pre id="${id}-c" tabindex="0">${c.trimEnd()}</pre></details>`}</figure>`;

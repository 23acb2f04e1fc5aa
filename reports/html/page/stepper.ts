/** The model in the page: a program that can be edited and stepped through. */
import { type Parsed, parseProgram, printProgram, renderErrors } from '../../../checker/program/index.ts';
import { type Profile, profileNamed, rulesOf } from '../../../spec/index.ts';
import { markup } from '../../markup.ts';
import { stepMarkup, TONES } from '../step.ts';
import { type Trace, traceOf } from '../trace.ts';
import type { Bench } from './bench.ts';
import { byId, tell, textOf } from './find.ts';

const MARKS = { allowed: '✓', forbidden: '✗', unknown: '?' } as const;

class Stepper {
  readonly #bench: Bench;
  readonly #text = byId<HTMLTextAreaElement>('bench-text');
  readonly #errors = byId('bench-errors');
  readonly #kernel = byId<HTMLSelectElement>('bench-kernel');
  readonly #rules = byId<HTMLSelectElement>('bench-rules');
  readonly #calls = byId<HTMLOListElement>('bench-calls');
  readonly #step = byId('bench-step');
  readonly #place = byId('bench-place');
  readonly #back = byId<HTMLButtonElement>('bench-back');
  readonly #next = byId<HTMLButtonElement>('bench-next');
  readonly #sources = new Map<string, ReadonlyMap<string, string>>();
  #trace: Trace = { calls: [] };
  #at = 0;

  constructor(bench: Bench) {
    this.#bench = bench;
    this.#text.addEventListener('input', () => this.#run());
    this.#kernel.addEventListener('change', () => {
      // Whoever takes another kernel means its rules too, unless he judges by the manual.
      if (this.#rules.value !== 'documented') this.#rules.value = this.#kernel.value;
      this.#run();
    });
    this.#rules.addEventListener('change', () => this.#run());
    this.#back.addEventListener('click', () => this.#go(this.#at - 1));
    this.#next.addEventListener('click', () => this.#go(this.#at + 1));
    this.#calls.addEventListener('click', (event) => {
      const item = (event.target as Element).closest('li');
      if (item !== null) this.#go([...this.#calls.children].indexOf(item));
    });
    this.#calls.addEventListener('keydown', (event) => this.#key(event));
    document.addEventListener('click', (event) => {
      const button = (event.target as Element).closest<HTMLButtonElement>('button[data-step]');
      if (button?.dataset.step === undefined) return;
      this.load(textOf(button.dataset.step));
      byId('model').scrollIntoView();
      this.#calls.focus({ preventScroll: true });
    });
  }

  /** Takes a program, and shows its last call. */
  load(text: string): void {
    const parsed = parseProgram(text);
    // What a file says of itself is read where it stands; here it would only push the calls out of sight.
    const program = parsed.ok ? printProgram({ ...parsed.program, header: [] }) : text;
    this.#text.value = program;
    this.#text.rows = Math.min(24, Math.max(6, program.trimEnd().split('\n').length + 1));
    this.#at = Number.POSITIVE_INFINITY;
    this.#run();
  }

  #key(event: KeyboardEvent): void {
    const to = { ArrowDown: this.#at + 1, ArrowUp: this.#at - 1, Home: 0, End: this.#trace.calls.length - 1 }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    this.#go(to);
  }

  #go(to: number): void {
    this.#at = to;
    this.#show();
  }

  #run(): void {
    const parsed: Parsed = parseProgram(this.#text.value, 'program');
    this.#text.setAttribute('aria-invalid', String(!parsed.ok));
    this.#errors.hidden = parsed.ok;
    // What ran last stays in sight while somebody types.
    if (!parsed.ok) {
      this.#errors.textContent = renderErrors(parsed.errors);
      this.#step.classList.add('stale');
      return;
    }
    this.#errors.textContent = '';
    this.#step.classList.remove('stale');
    const kernel = profileNamed(this.#kernel.value) as Profile;
    const rules = profileNamed(this.#rules.value) as Profile;
    try {
      this.#trace = traceOf(parsed.program, this.#bench.environment, kernel, rules);
    } catch (error) {
      this.#trace = { calls: [], defect: error instanceof Error ? error.message : String(error) };
    }
    this.#list();
    this.#show();
  }

  #list(): void {
    const items = this.#trace.calls.map(
      ({ call, result, verdict }, i) =>
        markup`<li role="option" id="bench-call-${i}"><span class="mark ${TONES[verdict]}">${MARKS[verdict]}</span> <code>${call} = ${result}</code></li>`,
    );
    this.#calls.innerHTML = markup`${items}`.text;
  }

  #sourcesOf(profile: Profile): ReadonlyMap<string, string> {
    const known = this.#sources.get(profile.name);
    if (known !== undefined) return known;
    const sources = new Map(rulesOf(profile).map((rule) => [rule.id, rule.source]));
    this.#sources.set(profile.name, sources);
    return sources;
  }

  #show(): void {
    const { calls, defect } = this.#trace;
    this.#at = Math.max(0, Math.min(this.#at, calls.length - 1));
    const call = calls[this.#at];
    this.#back.disabled = this.#at <= 0;
    this.#next.disabled = this.#at >= calls.length - 1;
    this.#place.textContent = call === undefined ? 'no calls' : `call ${this.#at + 1} of ${calls.length}`;
    [...this.#calls.children].forEach((item, i) => {
      item.setAttribute('aria-selected', String(i === this.#at));
    });
    if (call === undefined) this.#calls.removeAttribute('aria-activedescendant');
    else this.#calls.setAttribute('aria-activedescendant', `bench-call-${this.#at}`);
    const list = this.#calls;
    const item = list.children[this.#at] as HTMLElement | undefined;
    // The list alone is scrolled, never the page.
    if (item !== undefined) {
      const top = item.offsetTop - list.offsetTop;
      if (top < list.scrollTop) list.scrollTop = top;
      else if (top + item.offsetHeight > list.scrollTop + list.clientHeight)
        list.scrollTop = top + item.offsetHeight - list.clientHeight;
    }
    const rules = profileNamed(this.#rules.value) as Profile;
    const broken = defect === undefined ? '' : markup`<p class="badge bad">${defect}</p>`.text;
    this.#step.innerHTML = `${broken}${call === undefined ? '' : stepMarkup(call, this.#sourcesOf(rules)).text}`;
    if (call !== undefined) tell(`call ${this.#at + 1}, ${call.verdict}, ${call.result}`);
  }
}

/** Starts the model, where the report has one. */
export function startStepper(): void {
  const data = document.getElementById('bench-data');
  if (data === null) return;
  const bench = JSON.parse(data.textContent ?? '') as Bench;
  byId('bench').hidden = false;
  new Stepper(bench).load(bench.program);
}

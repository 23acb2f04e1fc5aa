/** The calls of a plan as statements of C, each with what is expected of it; the same in every form that is C. */
import { drawStates } from '../../checker/program/index.ts';
import type { Difference, SeenMapping } from '../../spec/index.ts';
import { flagNames, protection, VMFLAG } from '../../spec/index.ts';
import { makesEvents, usesDescriptors, writeCCall } from './calls.ts';
import type { HelperName } from './helpers.ts';
import { needed } from './needs.ts';
import { arenaOf, dependsOnLayout, inArena, type Plan, type Planned } from './plan.ts';
import { isAddressOf, Values } from './values.ts';

/** The function that does it all, and what it needs around it. */
export interface Body {
  /** Statements, indented by one tab. */
  readonly rows: readonly string[];
  readonly helpers: ReadonlySet<HelperName>;
  /** Named constants that older headers may lack. */
  readonly names: ReadonlyMap<string, bigint>;
  /** How many results are reported. */
  readonly results: number;
  /** Statements that ask whether the machine has all that is needed. */
  readonly needs: readonly string[];
  /** Whether the process has to be started again with a fixed layout. */
  readonly settles: boolean;
}

/** Text that cannot end, or begin, a comment of C. */
export const harmless = (text: string): string =>
  text.replaceAll('*/', '* /').replaceAll('/*', '/ *').replaceAll('??', '? ?');

const quoted = (text: string): string => JSON.stringify(text).replaceAll('??', '?\\?');

class Writer {
  readonly rows: string[] = [];
  readonly helpers = new Set<HelperName>();
  results = 0;
  readonly #plan: Plan;
  readonly values: Values;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.values = new Values(plan);
  }

  /** A call of a helper that reports one result. */
  #check(helper: HelperName, ...args: readonly string[]): void {
    this.helpers.add(helper);
    this.rows.push(`\t${helper}(${args.join(', ')});`);
    this.results++;
  }

  #address = (page: number): string =>
    this.values.place(BigInt(page) * BigInt(this.#plan.foretold.environment.pageSize));

  #access({ line: { name, operands }, label, want }: Planned): void {
    const address = this.values.pointer(operands[0]!);
    const signal = want.kind === 'signal' ? want.signal : '0';
    const content = want.kind === 'value' ? `0x${want.value.toString(16)}UL` : '0';
    if (name === 'store') {
      this.#check('stores', address, this.values.size(operands[1]!), signal);
      if (label !== undefined) this.rows.push(`\t${label} = 0;`);
    } else {
      if (want.kind === 'anything') this.#check('loads_something', address);
      else this.#check('loads', address, signal, content);
      if (label !== undefined) this.rows.push(`\t${label} = ${this.rows.pop()!.trim()}`);
    }
  }

  #call(planned: Planned): void {
    const { line, label, want } = planned;
    const { text, helper } = writeCCall(this.values, planned);
    if (helper !== undefined) this.helpers.add(helper);
    const name = label ?? (isAddressOf(line.name) ? 'p' : 'r');
    const isPointer = isAddressOf(line.name);
    const isNumber = !isPointer || helper !== undefined;
    const cast = isPointer && isNumber ? '(char *)' : '';
    this.rows.push(`\t${name} = ${cast}${text};`);
    const came = isPointer ? `(long)${name}` : name;
    if (want.kind === 'error') this.#check('error_is', came, errnoOf(want.errno));
    else if (want.kind === 'value') this.#check('value_is', came, this.#wanted(line.name, want.value));
    else if (want.kind === 'success') this.#check('succeeds', came);
    else this.#check('comes_back', came);
    // A call that failed stands for 0 where its result is used.
    if (label !== undefined && want.kind === 'error') this.rows.push(`\t${label} = 0;`);
    this.#drained(planned, name);
  }

  #wanted(name: Planned['line']['name'], value: bigint): string {
    if (!isAddressOf(name)) return `${value}`;
    const place = this.values.place(value);
    return place.startsWith('page(')
      ? `(unsigned long)${/ \+ /.test(place) ? `(${place})` : place}`
      : `0x${value.toString(16)}UL`;
  }

  /** Descriptors of userfaultfds are told to the process that reads their events. */
  #drained({ line: { name, operands } }: Planned, variable: string): void {
    if (!makesEvents(this.#plan)) return;
    this.helpers.add('drain');
    if (name === 'userfaultfd') this.rows.push(`\tif (${variable} >= 0)`, `\t\tdrain_change(-1, ${variable});`);
    if (name === 'close') this.rows.splice(-2, 0, `\tdrain_change(${this.values.descriptor(operands[0]!)}, -1);`);
  }

  /** What the contract asks for and the foretold kernel does not do. */
  contract({ aspect, page = 0, allowed }: Difference): void {
    const [at, own] = [this.#address(page), this.#plan.foretold.environment.own];
    const permits = /([r-][w-][x-][sp])/.exec(allowed)?.[1];
    if (aspect.startsWith('flags ')) this.#check('flags_are', at, quoted(aspect.slice(6)), quoted(allowed));
    else if (aspect === 'boundary') this.#check('boundary_at', at);
    else if (aspect === 'mapping') this.#check('access_is', at, quoted(allowed === 'unmapped' ? '' : (permits ?? '')));
    else if (aspect === 'protection') this.#check('access_is', at, quoted(allowed));
    else if (aspect === 'content' && /^content 0x/.test(allowed))
      this.#check('loads', at, '0', `${allowed.slice(8)}UL`);
    else if (aspect === 'content' && allowed === 'SIGSEGV') this.#check('loads', at, 'SIGSEGV', '0');
    else if (aspect === 'vmSize' || aspect === 'vmLck' || aspect === 'vmData')
      this.#counter(aspect, Number.parseInt(allowed, 10) - own[aspect]);
    else
      this.rows.push(
        `\t/* The contract also asks for this, which is not looked at: ${harmless(`${aspect}: ${allowed}`)} */`,
      );
  }

  #counter(aspect: 'vmSize' | 'vmLck' | 'vmData', pages: number): void {
    this.helpers.add('status');
    this.#check('counter_is', quoted(`${aspect.replace('vm', 'Vm')}:`), `before_${aspect}`, `${pages}`);
  }

  /** Both sides of a call that changed the mappings, one letter a page. */
  #picture({ line, before, after }: Planned): void {
    const [was, is] = [this.#inside(before.mappings), this.#inside(after.mappings)];
    if (line.name !== 'mremap' || was.length + is.length === 0) return;
    const label = (m: SeenMapping): string => letterOf(this.#plan, m);
    const drawn = drawStates(
      [
        { title: 'before', mappings: was },
        { title: 'after', mappings: is },
      ],
      { label, width: 80 },
    );
    this.#comment(drawn.trimEnd().split('\n'));
  }

  #inside = (mappings: readonly SeenMapping[] = []): readonly SeenMapping[] => {
    const { environment } = this.#plan.foretold;
    return mappings.filter((m) => inArena(environment, BigInt(m.start) * BigInt(environment.pageSize)));
  };

  #comment(rows: readonly string[]): void {
    if (rows.length === 1) this.rows.push(`\t/* ${harmless(rows[0]!)} */`);
    else if (rows.length > 1) this.rows.push('\t/*', ...rows.map((row) => `\t * ${harmless(row)}`.trimEnd()), '\t */');
  }

  one(planned: Planned, number: number): void {
    const { line, text } = planned;
    this.rows.push('');
    this.#comment(line.comment ?? []);
    this.#picture(planned);
    this.rows.push(`\tstep = ${quoted(`${number} ${text}`)};`);
    if (line.name === 'load' || line.name === 'store') this.#access(planned);
    else this.#call(planned);
    if (planned.contract.length > 0) this.rows.push('\t/* The contract, against what the foretold kernel does: */');
    for (const difference of planned.contract) this.contract(difference);
  }

  /** All mappings after the last call, and what the process has mapped and locked. */
  end(): void {
    const { end, calls } = this.#plan;
    if (end?.mappings === undefined) return;
    const inside = this.#inside(end.mappings);
    this.rows.push('', '\tstep = "the end";');
    if (inside.length > 0) {
      this.rows.push('\tstatic const struct mapping want[] = {', ...inside.map((m) => this.#entry(m)), '\t};');
      this.#check('mappings_are', 'want', `${inside.length}`);
    } else this.#check('mappings_are', 'NULL', '0');
    const own = this.#plan.foretold.environment.own;
    const isFar = calls.some(({ line }) => line.name === 'mlockall' || line.name === 'fill_mappings');
    if (end.counters === undefined || isFar) return;
    this.#counter('vmSize', end.counters.vmSize - own.vmSize);
    this.#counter('vmLck', end.counters.vmLck - own.vmLck);
  }

  #entry({ start, end, prot, shared, offset, flags }: SeenMapping): string {
    const page = BigInt(this.#plan.foretold.environment.pageSize);
    const [from, to, at] = [BigInt(start) * page, BigInt(end) * page, BigInt(offset) * page].map(
      (n) => `0x${n.toString(16)}`,
    );
    const shown = flags === undefined ? 'NULL' : quoted(flagNames(flags & ~VMFLAG.gu).replace(/^none$/, ''));
    return `\t\t{ ${from}, ${to}, "${protection(prot)}${shared ? 's' : 'p'}", ${at}, ${shown} },`;
  }
}

/** Letters by what a mapping lets one do, so that both sides of a call show the same mapping by the same letter. */
function letterOf({ calls }: Plan, m: SeenMapping): string {
  const kinds = new Map<string, string>();
  for (const { after } of calls)
    for (const { prot, shared, file, flags } of after.mappings ?? []) {
      const key = `${prot} ${shared} ${file} ${flags}`;
      if (!kinds.has(key)) kinds.set(key, String.fromCharCode(65 + (kinds.size % 26)));
    }
  return kinds.get(`${m.prot} ${m.shared} ${m.file} ${m.flags}`) ?? '?';
}

const errnoOf = (errno: string): string => errno.replace('errno ', '');

/** Variables, what is counted from, and what must be there before the first call. */
function beginning(plan: Plan, rows: readonly string[]): readonly string[] {
  const used = (name: string): boolean =>
    rows.some((row) => new RegExp(`\\b${name}\\b`).test(row.replace(/"(?:[^"\\]|\\.)*"/g, '')));
  const labelled = plan.calls.filter(({ label }) => label !== undefined);
  const pointers = labelled.filter(({ line }) => isAddressOf(line.name)).map(({ label }) => `*${label}`);
  const numbers = labelled.filter(({ line }) => !isAddressOf(line.name)).map(({ label }) => label);
  if (used('p')) pointers.push('*p');
  if (used('r')) numbers.push('r');
  const counters = (['vmSize', 'vmLck', 'vmData'] as const).filter((aspect) => used(`before_${aspect}`));
  return [
    ...(pointers.length > 0 ? [`\tchar ${pointers.join(', ')};`] : []),
    ...(numbers.length > 0 ? [`\tlong ${numbers.join(', ')};`] : []),
    ...counters.map((aspect) => `\tunsigned long before_${aspect} = status("${aspect.replace('vm', 'Vm')}:");`),
  ];
}

/** Writes the statements of a plan. */
export function bodyOf(plan: Plan): Body {
  const writer = new Writer(plan);
  plan.calls.forEach((planned, i) => {
    writer.one(planned, i + 1);
  });
  writer.end();
  const { rows, helpers, results, values } = writer;
  const settles = dependsOnLayout(plan);
  const { statements, helpers: asked, names } = needed(plan);
  for (const helper of asked) helpers.add(helper);
  if ([...rows, ...statements].some((row) => /\bpage\(/.test(row))) helpers.add('page');
  if (values.readsStatus) helpers.add('status');
  if (settles) helpers.add('settle');
  if (usesDescriptors(plan)) helpers.add('own_descriptors');
  const start = [
    ...(usesDescriptors(plan) ? ['\town_descriptors();'] : []),
    ...(makesEvents(plan) ? ['\tdrain();'] : []),
  ];
  return {
    rows: [...beginning(plan, rows), ...rows],
    helpers,
    names: new Map([...values.names, ...names]),
    results,
    needs: [...statements, ...start],
    settles,
  };
}

/** The first address of the arena and the end of what is looked at, as C has them. */
export function arenaText({ foretold: { environment } }: Plan, pages: number): readonly [string, string] {
  const bytes = BigInt(arenaOf(environment)) * BigInt(environment.pageSize);
  return [`0x${bytes.toString(16)}UL`, `(ARENA + ${pages}UL * PAGE)`];
}

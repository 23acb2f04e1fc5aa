/**
 * What the interpreter knows while it writes a program: the lines so far, the sketch of the layout, the descriptors at hand.
 *
 * Addresses inside the generator are page numbers. A mapping whose place the kernel chooses gets a made-up page number far
 * below the window (one *anchor* for each such result), so that all arithmetic on layouts stays the same; only when an address is
 * written down it becomes `rN + offset`. Addresses in the arena are written as numbers, or as `rN + offset` when line N put something near.
 */
import { type CallName, type Environment, MAP } from '../../spec/index.ts';
import { type Line, lineOf, type Operand } from '../program/index.ts';
import { type Choices, chance } from './choices.ts';
import { type Confinement, FIRST_CONTENT } from './confine.ts';
import { type Bounds, boundsOf, isHarmless } from './safety.ts';
import { Sketch } from './sketch.ts';

const MASK = (1n << 64n) - 1n;
/** How many results can have a made-up place. */
const MOST_ANCHORS = 64;

/** A result whose value is a page that the sketch knows: line `line` returned `page`, where it mapped `pages`. */
interface Known {
  readonly line: number;
  readonly page: number;
  readonly pages: number;
  /** It cannot have failed. */
  readonly reliable: boolean;
}

/** Calls after which a mapping may be refused for reasons that lie in no argument. */
const LIMITING: ReadonlySet<CallName> = new Set(['setrlimit', 'mlockall', 'fill_mappings', 'drop_capability']);

/** A descriptor that a program has made. */
export interface Descriptor {
  readonly line: number;
  readonly kind: 'memfd' | 'file' | 'file read-only' | 'zero' | 'userfaultfd';
}

/** A move that the sketch believes in; what "there and back" goes back to. */
export interface Moved {
  readonly from: number;
  readonly to: number;
  readonly pages: number;
}

/** A stretch of the arena where programs like to put things. */
export interface Zone {
  readonly start: number;
  readonly end: number;
}

/** A program being written. */
export class World {
  readonly environment: Environment;
  readonly bounds: Bounds;
  readonly pageBytes: bigint;
  /** Pages of a huge page, also where the machine has none: then it is only a round distance. */
  readonly huge: number;
  /** What the program is confined to. */
  readonly confinement: Confinement | undefined;
  readonly lines: Line[] = [];
  readonly sketch = new Sketch();
  readonly descriptors: Descriptor[] = [];
  readonly moves: Moved[] = [];
  /** Capabilities and limits that the program has taken away. */
  readonly taken = { ipcLock: false, rawIo: false, filled: false };
  private readonly known: Known[] = [];
  /** Positions in `known` of the results whose place the kernel chose. */
  private readonly anchors: number[] = [];
  private readonly anchorBase: number;
  private readonly anchorSpan: number;
  private readonly zones: { readonly source: Zone; readonly destination: Zone; readonly huge: Zone };
  /** Numbers of the descriptors of a confined program, by line. */
  private readonly numbers = new Map<number, bigint>();
  /** The first page of a confined program's frame. */
  private frame: number;
  private contents = 0;
  private limited = false;

  constructor(environment: Environment, confinement?: Confinement) {
    this.environment = environment;
    this.confinement = confinement;
    this.frame = confinement?.base ?? 0;
    if (confinement !== undefined) this.contents = FIRST_CONTENT;
    const whole = boundsOf(environment);
    this.bounds = { ...whole, owns: (start, end) => whole.owns(start, end) || this.ownsPlaced(start, end) };
    // Below the window there are only the machine's own mappings, so no page number there is a program's by another way.
    this.anchorBase = Math.floor(environment.window.start / 2);
    this.anchorSpan = 2 * Math.floor(environment.window.start / 4 / MOST_ANCHORS);
    this.pageBytes = BigInt(environment.pageSize);
    this.huge = environment.hugePage || 512;
    const arena = environment.arena;
    this.zones = {
      source: { start: arena + 16, end: arena + 56 },
      destination: { start: arena + 64, end: arena + 112 },
      huge: { start: arena + 2 * this.huge, end: arena + 10 * this.huge },
    };
  }

  get source(): Zone {
    return this.confinement === undefined ? this.zones.source : this.frameOf(this.confinement);
  }

  get destination(): Zone {
    return this.confinement === undefined ? this.zones.destination : this.frameOf(this.confinement);
  }

  get hugeZone(): Zone {
    return this.confinement === undefined ? this.zones.huge : this.frameOf(this.confinement);
  }

  /** The frame of a confined program: it goes along with what is mapped, no further than it must. */
  private frameOf({ pages }: Confinement): Zone {
    const mapped = this.mapped();
    if (mapped !== undefined) this.frame = Math.min(Math.max(this.frame, mapped.end - pages), mapped.start);
    return { start: this.frame, end: this.frame + pages };
  }

  /** From the first to the last page that is mapped at places of the program's choice. */
  private mapped(): Zone | undefined {
    const own = this.sketch.all.filter((m) => !this.isFloating(m.start));
    const [first, last] = [own[0], own.at(-1)];
    return first === undefined || last === undefined ? undefined : { start: first.start, end: last.end };
  }

  /** A content that no page of this program holds yet. */
  freshContent(): bigint {
    return BigInt(++this.contents);
  }

  /** A number as given; negative ones wrap. */
  number(value: bigint | number): Operand {
    return { base: null, offset: BigInt(value) & MASK };
  }

  /** The size of so many pages. */
  size(pages: number): Operand {
    if (pages < 0) throw new RangeError(`a size of ${pages} pages`);
    return { base: null, offset: BigInt(pages) * this.pageBytes };
  }

  /** The result of an earlier line. */
  result(line: number): Operand {
    return { base: line, offset: 0n };
  }

  /** The address of a page, sometimes as an offset from what an earlier line returned. */
  address(c: Choices, page: number): Operand {
    const anchor = this.anchorAt(page);
    if (anchor !== undefined)
      return { base: anchor.line, offset: (BigInt(page - anchor.page) * this.pageBytes) & MASK };
    if (chance(c, 40))
      for (let i = this.known.length - 1; i >= 0; i--) {
        const k = this.known[i]!;
        if (k.page <= page && page <= k.page + k.pages)
          return { base: k.line, offset: BigInt(page - k.page) * this.pageBytes };
      }
    return { base: null, offset: BigInt(page) * this.pageBytes };
  }

  /** Remembers that line `line` returned `page` for `pages` pages. */
  remember(line: number, page: number, pages: number): void {
    this.known.push({ line, page, pages, reliable: this.cannotFail(line, pages) });
  }

  /** A made-up place for what line `line` mapped somewhere; none any more when a program has too many of them. */
  anchor(line: number, pages: number): number | undefined {
    if (this.anchors.length === MOST_ANCHORS) return undefined;
    const page = this.anchorBase + (this.anchors.length + 0.5) * this.anchorSpan;
    this.anchors.push(this.known.length);
    this.known.push({ line, page, pages, reliable: this.cannotFail(line, pages) });
    return page;
  }

  /** Whether a page's place was chosen by the kernel. */
  isFloating(page: number): boolean {
    return this.anchorAt(page) !== undefined;
  }

  /**
   * Writes a call down, unless it could harm the machine; then nothing happens and `undefined` comes back.
   *
   * A result that is used counts as 0 when its line failed, so the call must be harmless then too. Where it is not, the
   * address is written as a number instead.
   */
  emit(name: CallName, ...operands: Operand[]): number | undefined {
    if (this.confinement !== undefined) return this.emitConfined(this.confinement, name, operands);
    if (!this.isHarmless(name, operands)) return undefined;
    let written = operands;
    if (!this.isHarmlessAfterFailure(name, operands)) {
      written = operands.map((o) => this.absolute(o));
      if (!this.isHarmlessAfterFailure(name, written)) return undefined;
    }
    if (LIMITING.has(name)) this.limited = true;
    this.lines.push({ name, operands: written });
    return this.lines.length - 1;
  }

  /** Writes a call down as it is. */
  write(name: CallName, args: readonly bigint[]): number {
    this.lines.push(lineOf({ name, args }));
    return this.lines.length - 1;
  }

  /** A descriptor that the beginning of a confined program opens: it has the lowest number that is free. */
  open(line: number, kind: Descriptor['kind']): void {
    this.numbers.set(line, BigInt(this.numbers.size));
    this.descriptors.push({ line, kind });
  }

  /** Writes a call down if it belongs to the language, with numbers in the place of results. */
  private emitConfined(confinement: Confinement, name: CallName, operands: readonly Operand[]): number | undefined {
    const args: bigint[] = [];
    for (const operand of operands) {
      const { base, offset } = this.absolute(operand);
      const number = typeof base === 'number' ? this.numbers.get(base) : 0n;
      if (number === undefined || typeof base === 'string') return undefined;
      args.push((number + offset) & MASK);
    }
    return confinement.admits({ name, args }, this.mapped()) ? this.write(name, args) : undefined;
  }

  /** Writes a call down that is refused only because of what the program has given up before. */
  emitRefused(name: CallName, ...operands: Operand[]): void {
    if (!this.taken.rawIo) throw new Error('only without the capability');
    this.lines.push({ name, operands });
  }

  private isHarmless(
    name: CallName,
    operands: readonly Operand[],
    failed: (line: number) => boolean = () => false,
  ): boolean {
    const args = operands.map(({ base, offset }) => {
      const place = typeof base === 'number' && !failed(base) ? this.placeOf(base) : undefined;
      return place === undefined ? offset : (BigInt(place.page) * this.pageBytes + offset) & MASK;
    });
    return isHarmless(this.bounds, name, args);
  }

  private isHarmlessAfterFailure(name: CallName, operands: readonly Operand[]): boolean {
    const doubtful = operands.flatMap(({ base }) =>
      typeof base === 'number' && this.placeOf(base)?.reliable === false ? [base] : [],
    );
    if (doubtful.length === 0) return true;
    return (
      this.isHarmless(name, operands, (line) => doubtful.includes(line)) &&
      (doubtful.length === 1 || doubtful.every((one) => this.isHarmless(name, operands, (line) => line === one)))
    );
  }

  /** The same operand without a result, where its place is known as a number. */
  private absolute(operand: Operand): Operand {
    const place = typeof operand.base === 'number' ? this.placeOf(operand.base) : undefined;
    if (place === undefined || this.isFloating(place.page)) return operand;
    return { base: null, offset: (BigInt(place.page) * this.pageBytes + operand.offset) & MASK };
  }

  private placeOf(line: number): Known | undefined {
    for (const k of this.known) if (k.line === line) return k;
    return undefined;
  }

  /** Whether line `line` cannot fail on a machine that works: it asks for a little memory anywhere, without a limit. */
  private cannotFail(line: number, pages: number): boolean {
    const { name, operands } = this.lines[line]!;
    const plain =
      name === 'mmap' &&
      (operands[3]!.offset & (MAP.ANONYMOUS | MAP.HUGETLB | MAP.FIXED | MAP.FIXED_NOREPLACE)) === MAP.ANONYMOUS;
    return plain && !this.limited && pages < this.huge;
  }

  /** What a call that succeeded mapped at a place of the kernel's choice: its own pages and nothing around them. */
  private ownsPlaced(start: bigint, end: bigint): boolean {
    const first = Number(start / this.pageBytes);
    const anchor = this.anchorAt(first);
    return anchor !== undefined && first >= anchor.page && end <= BigInt(anchor.page + anchor.pages) * this.pageBytes;
  }

  private anchorAt(page: number): Known | undefined {
    return this.known[this.anchors[Math.floor((page - this.anchorBase) / this.anchorSpan)] ?? -1];
  }
}

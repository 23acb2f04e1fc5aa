/**
 * Keeps findings on disk, one for each kind: of all that have the same signature and the same shape, the smallest.
 *
 * What is added is on the disk when `add` returns. A smaller finding is written beside the larger one before that is removed, so that
 * one of both is there at any time; where a writer is killed in between, the next one removes the larger.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Program, printProgram, printShape } from '../program/index.ts';
import { compare, type Measure, measure } from '../shrink/index.ts';
import { removeDurably, removeLeftovers, writeDurably } from './durable.ts';
import { readProgram } from './read.ts';
import { bare, type FindingRecord, findingText, nameOf, RECORD_KEYS } from './record.ts';

export type Added = 'new' | 'smaller' | 'known';

/** A finding on disk. */
interface Member {
  readonly file: string;
  readonly program: Program;
  readonly signature: string;
  readonly measure: Measure;
  /** Its calls as text. */
  readonly calls: string;
}

/** Where programs map, in bytes: only the distances from there are compared. */
const START = 0x100000000000n;

const kindOf = ({ signature, program }: Member): string => `${signature}\n${printShape(program)}`;

/** Negative: `a` is the smaller one. */
const inOrder = (a: Member, b: Member): number =>
  compare(a.measure, b.measure) || (a.calls < b.calls ? -1 : a.calls > b.calls ? 1 : 0);

/** Nothing where the text is no finding. */
function memberOf(file: string, text: string): Member | undefined {
  const read = readProgram(text, file);
  if ('error' in read) return undefined;
  const signature = read.program.header.find((h) => h.key === 'signature')?.value;
  if (signature === undefined || read.program.lines.length === 0) return undefined;
  const program = bare(read.program);
  return { file, program: read.program, signature, measure: measure(program, START), calls: printProgram(program) };
}

/** Somebody has begun to explain it: it is not ours to remove. */
const isExplained = ({ program }: Member): boolean => program.header.some(({ key }) => !RECORD_KEYS.has(key));

export class CorpusWriter {
  readonly #folder: string;
  readonly #family: string;
  readonly #members = new Map<string, Member>();
  /** How the findings that were added ended. `known` ones were dropped. */
  readonly counts: Record<Added, number> = { new: 0, smaller: 0, known: 0 };

  /** `folder` is made when there is something to write; `family` is what the header says, usually the folder's name. */
  constructor(folder: string, family = basename(folder)) {
    this.#folder = folder;
    this.#family = family;
    if (!existsSync(folder)) return;
    removeLeftovers(folder);
    for (const name of readdirSync(folder).sort()) {
      if (!name.endsWith('.prog')) continue;
      const member = this.#read(name);
      if (member !== undefined) this.#keepSmaller(member);
    }
  }

  /** What cannot be read is left alone; `corpus check` names it. */
  #read(name: string): Member | undefined {
    try {
      return memberOf(name, readFileSync(join(this.#folder, name), 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** Makes a member on the disk the one of its kind, unless there is a smaller one; the larger one goes. */
  #keepSmaller(member: Member): void {
    const kind = kindOf(member);
    const other = this.#members.get(kind);
    const isSmaller = other === undefined || inOrder(member, other) < 0;
    if (isSmaller) this.#members.set(kind, member);
    const larger = isSmaller ? other : member;
    if (larger !== undefined && !isExplained(larger)) removeDurably(join(this.#folder, larger.file));
  }

  /** A name that no file of other content has. */
  #nameFor(name: string, text: string): string {
    for (let n = 1; ; n++) {
      const file = n === 1 ? `${name}.prog` : `${name}-${n}.prog`;
      const path = join(this.#folder, file);
      if (!existsSync(path)) return file;
      try {
        if (readFileSync(path, 'utf8') === text) return file;
      } catch {
        // Whatever it is, it is in the way.
      }
    }
  }

  /** Takes a finding in. It is on the disk when this returns, or a smaller one of its kind is. */
  add(record: FindingRecord): Added {
    return this.put(record).added;
  }

  /** The same; `file` is the name of the one on the disk. */
  put(record: FindingRecord): { readonly added: Added; readonly file: string } {
    const put = this.#put(record);
    this.counts[put.added]++;
    return put;
  }

  #put(record: FindingRecord): { readonly added: Added; readonly file: string } {
    const text = findingText(record, this.#family);
    // What will be read decides, and not what was meant: labels may have taken the place of numbers.
    const draft = memberOf('the finding', text);
    if (draft === undefined) throw new Error(`a finding without calls: ${record.signature}`);
    const other = this.#members.get(kindOf(draft));
    if (other !== undefined && (isExplained(other) || inOrder(draft, other) >= 0))
      return { added: 'known', file: other.file };
    const file = this.#nameFor(nameOf(draft.signature, draft.program), text);
    writeDurably(join(this.#folder, file), text);
    this.#keepSmaller({ ...draft, file });
    return { added: other === undefined ? 'new' : 'smaller', file };
  }

  /** Takes a finding in that is to be made simple yet, without counting it. Returns its file; nothing if one of its kind is there. */
  draft(record: FindingRecord): string | undefined {
    const { added, file } = this.#put(record);
    return added === 'new' ? file : undefined;
  }

  /** Takes in what a draft has become. The draft goes when that is on the disk. */
  settle(file: string, record: FindingRecord): Added {
    for (const [kind, member] of this.#members) if (member.file === file) this.#members.delete(kind);
    const put = this.put(record);
    if (put.file !== file) removeDurably(join(this.#folder, file));
    return put.added;
  }

  /** Takes a simpler form of the finding that stands in `file`, which goes. Returns the file in which the finding stands now. */
  replace(file: string, record: FindingRecord): string {
    const now = this.#put(record).file;
    if (now === file) return now;
    for (const [kind, member] of this.#members) if (member.file === file) this.#members.delete(kind);
    removeDurably(join(this.#folder, file));
    return now;
  }
}

/** What a nightly run is told by its file: YAML, every key of which is known; what is wrong is told with its line and column. */
import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { didYouMean, type TextError } from '../program/index.ts';
import { secondsOf } from './duration.ts';

const share = z.number().min(0).max(1000);

const duration = z
  .string()
  .refine((text) => secondsOf(text) !== undefined, 'must be a time like 8h, 90m or 1h30m')
  .transform((text) => secondsOf(text) as number);

const machine = z
  .string()
  .refine((name) => /^(?:model|kernel|both|vm:.+)$/.test(name), 'must be model, kernel, both or vm:IMAGE');

const SCHEMA = z.strictObject({
  /** Rules to judge by; those of each kernel unless given. */
  profile: z.string().optional(),
  machines: z.array(machine).min(1).default(['both']),
  /** For all of it; what is not timed (the corpus) counts as well. */
  time: duration.default(8 * 3600),
  /** How the time that is left behind the corpus is divided; the machines share that of fuzzing in equal parts. */
  shares: z.strictObject({ explore: share.default(1), fuzz: share.default(2) }).default({ explore: 1, fuzz: 2 }),
  /** What is explored. */
  scope: z.string().default('night'),
  /** Of the first night; each night has the next one. */
  seed: z.int().min(0).default(1),
  /** Findings that are kept at most. */
  keep: z.int().min(1).default(500),
  /** Threads; all cores unless given. */
  jobs: z.int().min(1).optional(),
});

export type Config = Readonly<z.infer<typeof SCHEMA>>;

/** The keys that there are. */
const KEYS = Object.keys(SCHEMA.shape);
const SHARES = ['explore', 'fuzz'];

/** A YAML document, and where in its text something stands. */
class Source {
  readonly document: Document.Parsed;
  readonly #lines = new LineCounter();
  readonly #text: string;
  readonly #file: string;

  constructor(text: string, file: string) {
    this.#text = text;
    this.#file = file;
    this.document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
  }

  errorAt(offset: number, message: string, hint?: string): TextError {
    const { line, col } = this.#lines.linePos(offset);
    const at = { file: this.#file, line: Math.max(line, 1), column: Math.max(col, 1), message };
    const source = this.#text.split('\n')[at.line - 1] ?? '';
    return hint === undefined ? { ...at, source } : { ...at, source, hint };
  }

  /** Where a value begins, or the nearest one around it. */
  offsetOf(path: readonly PropertyKey[]): number {
    for (let length = path.length; length > 0; length--) {
      const node = this.document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return node.range[0];
    }
    return 0;
  }

  /** Where a key of the map at a path begins. */
  keyOffset(path: readonly PropertyKey[], key: string): number {
    const map = path.length === 0 ? this.document.contents : this.document.getIn(path, true);
    const pair = isMap(map) ? map.items.find((item) => String(item.key) === key) : undefined;
    return isNode(pair?.key) && pair.key.range ? pair.key.range[0] : this.offsetOf(path);
  }
}

function errorsOf(source: Source, issue: z.core.$ZodIssue): readonly TextError[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys') {
    const known = path.length === 0 ? KEYS : SHARES;
    const hintFor = (key: string): string => didYouMean(key, known) ?? `there are ${known.join(', ')}`;
    return issue.keys.map((key) => source.errorAt(source.keyOffset(path, key), `there is no key ${key}`, hintFor(key)));
  }
  const message = path.length === 0 ? 'must be a list of keys and values' : `${path.join('.')}: ${issue.message}`;
  return [source.errorAt(source.offsetOf(path), message)];
}

/** What came of reading one. */
export type ReadConfig = { readonly config: Config } | { readonly errors: readonly TextError[] };

/** Reads a configuration; `file` is what it is called in messages. An empty text asks for nothing out of the ordinary. */
export function readConfig(text: string, file: string): ReadConfig {
  const source = new Source(text, file);
  const { document } = source;
  const unreadable = [...document.errors, ...document.warnings];
  if (unreadable.length > 0) return { errors: unreadable.map(({ pos, message }) => source.errorAt(pos[0], message)) };
  let data: unknown;
  try {
    data = document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch {
    return { errors: [source.errorAt(0, 'aliases are not followed')] };
  }
  const read = SCHEMA.safeParse(data);
  if (read.success) return { config: read.data };
  const errors = read.error.issues.flatMap((issue) => errorsOf(source, issue));
  return { errors: errors.sort((a, b) => a.line - b.line || a.column - b.column) };
}

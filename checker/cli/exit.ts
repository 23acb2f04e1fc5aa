/** How a command ends. The codes are part of the interface; they are tested and never change their meaning. */
export const EXIT = {
  /** Nothing forbidden was seen. */
  good: 0,
  /** Something was seen that the contract, or the text of a program, does not allow. */
  findings: 1,
  /** The input or the command line cannot be used. */
  input: 2,
  /** Something that the command needs is missing on this machine. */
  missing: 3,
  /** The program itself is at fault. */
  defect: 4,
} as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with one line that its user can act upon. */
export class Stop extends Error {
  readonly exit: Exit;
  constructor(exit: Exit, message: string) {
    super(message);
    this.exit = exit;
  }
}

export const badInput = (message: string): Stop => new Stop(EXIT.input, message);

/** The exit code of several partial ends: a defect makes all else doubtful, and a finding must never be hidden by anything less. */
const GRAVITY: readonly Exit[] = [EXIT.defect, EXIT.findings, EXIT.input, EXIT.missing];
export const gravest = (...exits: readonly Exit[]): Exit => GRAVITY.find((e) => exits.includes(e)) ?? EXIT.good;

/** How a command ends that came to so many defects, to findings that nothing explains, and to texts that cannot be read. */
export const exitAfter = ({
  defects = 0,
  findings = 0,
  errors = 0,
}: {
  readonly defects?: number;
  readonly findings?: number;
  readonly errors?: number;
}): Exit =>
  gravest(
    defects > 0 ? EXIT.defect : EXIT.good,
    findings > 0 ? EXIT.findings : EXIT.good,
    errors > 0 ? EXIT.input : EXIT.good,
  );

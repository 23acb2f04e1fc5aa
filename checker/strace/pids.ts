/**
 * Who a line without a pid is from. On standard error strace names pids only while it follows several processes: the first one has
 * no number until a second one comes, and the last one has none again. Everywhere else every line has a pid, or none has.
 *
 * The first process keeps the number 0, under which its first calls were reported; its pid, once it is printed, is another name of it.
 */
const MOST = 65_536;

export class Pids {
  readonly #alive = new Set<number>();
  /** The pid of the process that began without one. */
  #first = -1;
  /** Processes that an event has announced: never the first one. */
  readonly #announced = new Set<number>();

  /** Who a line is from on which `printed` stands, -1 for nobody. `resumes` says that the line goes on with a call that began earlier. */
  of(printed: number, resumes: boolean, blocked: (pid: number) => boolean): number {
    if (printed < 0) {
      if (this.#alive.size === 1) return this.#alive.values().next().value ?? 0;
      this.#alive.add(0);
      return 0;
    }
    if (printed === this.#first) return 0;
    if (this.#alive.has(printed)) return printed;
    // Who waits for the end of a call cannot begin another: then the new number is a child's.
    const mayBeFirst = this.#first < 0 && this.#alive.has(0) && !this.#announced.has(printed);
    if (mayBeFirst && resumes === blocked(0)) {
      this.#first = printed;
      return 0;
    }
    this.#alive.add(printed);
    return printed;
  }

  /** Whether a process is known by this number. */
  knows(printed: number): boolean {
    return printed === this.#first || this.#alive.has(printed);
  }

  /** A call has made this process: whether it is followed is not known, but it is not the first one. */
  child(pid: number): void {
    if (this.#first >= 0) return;
    if (this.#announced.size >= MOST) this.#announced.clear();
    this.#announced.add(pid);
  }

  announce(pid: number): void {
    this.#announced.add(pid);
    this.#alive.add(pid);
  }

  gone(pid: number): void {
    this.#alive.delete(pid);
    this.#announced.delete(pid);
  }
}

/** The readable list of kernel options: `CONFIG_X=y  # why`. */

export interface Fragment {
  /** `CONFIG_X=y`, in the order of the file. */
  readonly options: readonly string[];
}

const OPTION = /^(CONFIG_[A-Z0-9_]+=\S+)\s+# \S/;

/** @throws Error for a line that is neither an option with its reason, nor a comment, nor empty. */
export function readFragment(text: string, file: string): Fragment {
  const options: string[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const option = OPTION.exec(line)?.[1];
    if (option === undefined)
      throw new Error(`${file}:${i + 1}: not an option with a reason (CONFIG_X=y  # why): ${line}`);
    options.push(option);
  }
  return { options };
}

/** The options that a configuration has otherwise, or not at all, each with what stands there. */
export function notTaken({ options }: Fragment, config: string): readonly string[] {
  const lines = config.split('\n');
  return options
    .filter((option) => !lines.includes(option))
    .map((option) => {
      const name = option.slice(0, option.indexOf('='));
      const is = lines.find((line) => line.startsWith(`${name}=`) || line === `# ${name} is not set`);
      return `${option} (${is ?? 'there is no such option'})`;
    });
}

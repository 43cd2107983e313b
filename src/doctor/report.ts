/** The doctor's report: marked findings, each problem with what to do about it. */

/** Prints to the terminal, not to the log. */
export class Report {
  #problems = 0;

  constructor(private readonly print: (line: string) => void = console.log) {}

  title(text: string): void {
    this.print(`\n${text}`);
  }

  good(finding: string): void {
    this.print(`  ok    ${finding}`);
  }

  note(finding: string): void {
    this.print(`  --    ${finding}`);
  }

  /** Reports a problem and what to do about it. */
  bad(finding: string, cure: string): void {
    this.#problems += 1;
    this.print(`  BAD   ${finding}`);
    this.print(`        → ${cure}`);
  }

  hint(text: string): void {
    this.print(`\n${text}`);
  }

  /** Prints the summary and sets the exit code: 1 if there are problems. */
  close(): void {
    this.print(this.#problems === 0 ? '\nNo problems found.' : `\n${this.#problems} problem(s) found.`);
    process.exitCode = this.#problems === 0 ? 0 : 1;
  }
}

/** What the doctor says: findings with a mark, and a cure below each that needs one. */

/** Printed to the person who asked; the log has no part in it. */
export class Report {
  #ills = 0;

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

  /** Something that does not work, and the one thing to do about it. */
  bad(finding: string, cure: string): void {
    this.#ills += 1;
    this.print(`  BAD   ${finding}`);
    this.print(`        → ${cure}`);
  }

  hint(text: string): void {
    this.print(`\n${text}`);
  }

  /** Says how it stands and sets the exit code: 1 where something is bad. */
  close(): void {
    this.print(this.#ills === 0 ? '\nEverything looks well.' : `\n${this.#ills} thing(s) to mend.`);
    process.exitCode = this.#ills === 0 ? 0 : 1;
  }
}

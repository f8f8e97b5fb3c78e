/** A promise of SPEC.md was broken: the world ends here. */
export class Violation extends Error {
  readonly rule: string

  constructor(rule: string, what: string) {
    super(`[${rule}] ${what}`)
    this.rule = rule
  }
}

import { ErrorCode } from './error-codes.ts'

export type FormPath = readonly (string | number)[]

export interface FormErrorLeaf {
  readonly code: string
  readonly message: string
}

/** `{ embeds: { 0: { title: { _errors: [{ code, message }] } } } }`; errors of the whole request are at the root. */
export interface FormErrorTree {
  readonly [key: string]: FormErrorTree | readonly FormErrorLeaf[]
}

export interface FormErrorBody {
  readonly code: number
  readonly message: string
  readonly errors: FormErrorTree
}

interface Node {
  readonly leaves: FormErrorLeaf[]
  readonly children: Map<string, Node>
}

const emptyNode = (): Node => ({ leaves: [], children: new Map() })

/** Collects what is wrong with a request, for the body of a 400 with code 50035. */
export class FormErrors {
  readonly #root = emptyNode()

  get isEmpty(): boolean {
    return this.#root.leaves.length === 0 && this.#root.children.size === 0
  }

  /** `path` leads to the field in the request, with array indexes as numbers; empty for the whole request. */
  at(path: FormPath, code: string, message: string): void {
    this.#node(path).leaves.push({ code, message })
  }

  /** The same errors for the request of which this was the part at `path`. */
  below(path: FormPath): FormErrors {
    const whole = new FormErrors()
    const node = whole.#node(path)
    node.leaves.push(...this.#root.leaves)
    for (const [key, child] of this.#root.children) node.children.set(key, child)
    return whole
  }

  #node(path: FormPath): Node {
    let node = this.#root
    for (const step of path) {
      const key = String(step)
      const next = node.children.get(key) ?? emptyNode()
      node.children.set(key, next)
      node = next
    }
    return node
  }

  body(): FormErrorBody {
    const { code, message } = ErrorCode.INVALID_FORM_BODY
    return { code, message, errors: treeOf(this.#root) }
  }
}

/** `Object.fromEntries` makes own properties of all keys, so a field called `__proto__` reaches no prototype. */
function treeOf(node: Node): FormErrorTree {
  const entries: [string, FormErrorTree | readonly FormErrorLeaf[]][] = []
  for (const [key, child] of node.children) entries.push([key, treeOf(child)])
  if (node.leaves.length > 0) entries.push(['_errors', node.leaves])
  return Object.fromEntries(entries)
}

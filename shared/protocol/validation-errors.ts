import { type FormErrorLeaf, FormErrors, type FormPath } from './form-errors.ts'

/** One entry of fastify's `error.validation`, from ajv as well as from TypeBox's own compiler. */
export interface ValidationError {
  readonly keyword: string
  /** JSON pointer to the value in the request. */
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message?: string
  /** Present when ajv is `verbose`; then a length with two bounds names both. */
  readonly parentSchema?: unknown
}

/**
 * What a schema found, as Discord's leaf codes. At most one error a field: the first that says more than
 * which branch of a union did not match.
 */
export function formErrorsOf(validation: readonly ValidationError[]): FormErrors {
  const errors = new FormErrors()
  for (const [pointer, found] of byPath(validation)) {
    const path = pathOf(pointer)
    for (const field of found.flatMap(missingFields)) {
      errors.at([...path, field], 'BASE_TYPE_REQUIRED', 'This field is required')
    }
    const telling = found.find((error) => !SILENT.has(error.keyword) && !isNullBranch(error))
    const leaf = telling ? leafOf(telling) : choiceOf(found)
    if (leaf) errors.at(path, leaf.code, leaf.message)
  }
  if (errors.isEmpty) errors.at([], 'BASE_TYPE_INVALID', 'Value matches none of the allowed forms.')
  return errors
}

const SILENT: ReadonlySet<string> = new Set(['required', 'const', 'enum', 'anyOf', 'oneOf', 'allOf', 'if'])

const isNullBranch = ({ keyword, params }: ValidationError) => keyword === 'type' && params.type === 'null'

function byPath(validation: readonly ValidationError[]): Map<string, ValidationError[]> {
  const groups = new Map<string, ValidationError[]>()
  for (const error of validation) {
    const group = groups.get(error.instancePath)
    if (group) group.push(error)
    else groups.set(error.instancePath, [error])
  }
  return groups
}

const pathOf = (pointer: string): FormPath =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))

/** ajv names one field an error, TypeBox all of them in one. */
function missingFields({ keyword, params }: ValidationError): string[] {
  if (keyword !== 'required') return []
  const { requiredProperties: all, missingProperty: one } = params
  return Array.isArray(all) ? all.map(String) : [String(one)]
}

/** The literals that a union or an enumeration would have taken, if that is what failed. */
function choiceOf(found: readonly ValidationError[]): FormErrorLeaf | undefined {
  const allowed = found.flatMap(({ keyword, params }) => {
    if (keyword === 'const') return [params.allowedValue]
    return keyword === 'enum' && Array.isArray(params.allowedValues) ? params.allowedValues : []
  })
  if (allowed.length === 0) return undefined
  const list = [...new Set(allowed.map(String))].join(', ')
  return { code: 'BASE_TYPE_CHOICES', message: `Value must be one of {${list}}.` }
}

function leafOf(error: ValidationError): FormErrorLeaf {
  const { keyword, params, message = 'Value is not valid.' } = error
  const limit = String(params.limit)
  switch (keyword) {
    case 'type':
      return typeLeaf(params.type)
    case 'format':
      return formatLeaf(params.format)
    case 'pattern':
      return { code: 'STRING_TYPE_REGEX', message: 'String value did not match validation regex.' }
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return (
        lengthLeaf(error) ?? { code: 'BASE_TYPE_MAX_LENGTH', message: `Must be ${limit} or fewer in length.` }
      )
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return (
        lengthLeaf(error) ?? { code: 'BASE_TYPE_MIN_LENGTH', message: `Must be ${limit} or more in length.` }
      )
    case 'maximum':
      return { code: 'NUMBER_TYPE_MAX', message: `Value should be less than or equal to ${limit}.` }
    case 'exclusiveMaximum':
      return { code: 'NUMBER_TYPE_MAX', message: `Value should be less than ${limit}.` }
    case 'minimum':
      return { code: 'NUMBER_TYPE_MIN', message: `Value should be greater than or equal to ${limit}.` }
    case 'exclusiveMinimum':
      return { code: 'NUMBER_TYPE_MIN', message: `Value should be greater than ${limit}.` }
    default:
      return { code: 'BASE_TYPE_INVALID', message }
  }
}

function typeLeaf(type: unknown): FormErrorLeaf {
  const wanted = Array.isArray(type) ? type.find((one) => one !== 'null') : type
  switch (wanted) {
    case 'integer':
      return { code: 'NUMBER_TYPE_COERCE', message: 'Value is not int.' }
    case 'number':
      return { code: 'NUMBER_TYPE_COERCE', message: 'Value is not float.' }
    case 'string':
      return { code: 'STRING_TYPE_CONVERT', message: 'Could not interpret value as string.' }
    case 'boolean':
      return { code: 'BOOLEAN_TYPE_CONVERT', message: 'Must be either true or false.' }
    case 'array':
      return { code: 'LIST_TYPE_CONVERT', message: 'Must be a list.' }
    case 'object':
      return { code: 'MODEL_TYPE_CONVERT', message: 'Must be an object.' }
    default:
      return { code: 'BASE_TYPE_INVALID', message: `Must be ${String(wanted)}.` }
  }
}

function formatLeaf(format: unknown): FormErrorLeaf {
  switch (format) {
    case 'snowflake':
      return { code: 'NUMBER_TYPE_COERCE', message: 'Value is not snowflake.' }
    case 'date-time':
      return { code: 'DATE_TIME_TYPE_PARSE', message: 'Could not parse value. Should be ISO8601.' }
    case 'uri':
    case 'url':
      return { code: 'URL_TYPE_INVALID_URL', message: 'Not a well formed URL.' }
    default:
      return { code: 'BASE_TYPE_INVALID', message: `Value is not ${String(format)}.` }
  }
}

/** A length with two bounds is one rule in Discord's answers. */
function lengthLeaf({ keyword, parentSchema }: ValidationError): FormErrorLeaf | undefined {
  const schema = (parentSchema ?? {}) as Readonly<Record<string, unknown>>
  const least = schema[keyword.replace('max', 'min')]
  const most = schema[keyword.replace('min', 'max')]
  if (least === undefined || most === undefined) return undefined
  return { code: 'BASE_TYPE_BAD_LENGTH', message: `Must be between ${least} and ${most} in length.` }
}

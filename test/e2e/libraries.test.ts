import { describeLibraries } from '#test/libraries/describe-libraries.ts'

await describeLibraries({ compress: false })

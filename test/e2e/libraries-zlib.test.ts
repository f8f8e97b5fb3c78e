import { describeLibraries } from '#test/libraries/describe-libraries.ts'
import { offerZlibSync } from '#test/libraries/offer-zlib-sync.ts'

offerZlibSync()
await describeLibraries({ compress: true })

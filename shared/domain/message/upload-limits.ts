/** Of a message, however they come. */
export const MOST_FILES = 10
/** Of one file, and of all that come in one form. */
export const MOST_FILE_BYTES = 25 * 1024 * 1024
/** From announcing a file until it has to be in a message. */
export const UPLOAD_SECONDS = 600

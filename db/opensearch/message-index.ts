import type { OpenSearchOptions } from './opensearch.ts'

/** Of the settings and mappings below. A change of them takes a new number, and a rebuild to come into force. */
export const MESSAGE_INDEX_VERSION = 2

/**
 * Letters whose marks may be left out by who searches. Elsewhere a mark makes another letter (が is not か, й is
 * not и) or the vowel itself.
 */
const FOLDED = '[[:Latin:][:Greek:][:Hebrew:][:Arabic:][:Common:][:Inherited:]ё]'

/**
 * Characters of a word that count. The server takes no word of 32 KB, which one message can become: ﷺ is eighteen
 * letters.
 */
const LONGEST_WORD = 1_000

/**
 * Of a search, those that count: the first. One query may have them twice, below the server's limit of clauses
 * (1,024).
 */
const MOST_WORDS = 500

const WORD = ['icu_normalizer', 'folding', 'longest_word']

/**
 * Words as Unicode and ICU's dictionaries find them, without case, width and accents. Chinese, Japanese and Korean
 * are kept as single characters and as pairs, and searched by pairs: dictionaries split a word differently
 * depending on what stands beside it.
 */
const analysis = {
  filter: {
    folding: { type: 'icu_folding', unicode_set_filter: FOLDED },
    longest_word: { type: 'truncate', length: LONGEST_WORD },
    characters_and_pairs: { type: 'cjk_bigram', output_unigrams: true },
    most_words: { type: 'limit', max_token_count: MOST_WORDS },
  },
  analyzer: {
    content: {
      type: 'custom',
      tokenizer: 'icu_tokenizer',
      filter: [...WORD, 'characters_and_pairs'],
    },
    content_search: {
      type: 'custom',
      tokenizer: 'icu_tokenizer',
      filter: [...WORD, 'cjk_bigram', 'unique', 'most_words'],
    },
  },
}

/** The body with which an index of messages is created. */
export const messageIndex = ({ shards, replicas }: OpenSearchOptions) => ({
  settings: {
    number_of_shards: shards,
    number_of_replicas: replicas,
    // Said, so that an index that nobody searched for a while is refreshed too.
    refresh_interval: '1s',
    'translog.durability': 'request',
    analysis,
  },
  mappings: {
    // An older index takes what a newer version writes.
    dynamic: false,
    properties: {
      id: { type: 'long' },
      position: { type: 'long' },
      channel_id: { type: 'keyword' },
      author_id: { type: 'keyword' },
      content: {
        type: 'text',
        analyzer: 'content',
        search_analyzer: 'content_search',
      },
      facts: { type: 'keyword' },
    },
  },
})

// Checks answers against the schema of JSON:API 1.0, by jsonapi-validator and, with links that must be absolute, by ajv.
// `node validators.mjs URL KEY REQUEST...` prints, for each request (`METHOD PATH [BODY]`), its status and its faults.
import { createRequire } from 'node:module'
import Ajv from 'ajv'
import addFormats from 'ajv-formats'
import { Validator } from 'jsonapi-validator'

const require = createRequire(import.meta.url)
const schema = require('jsonapi-validator/lib/schema.json')
const [url, key, ...requests] = process.argv.slice(2)

// The official schema says `uri`, which is absolute and percent-encoded; the validator's copy says `uri-reference`.
const strict = JSON.parse(JSON.stringify(schema).replaceAll('"uri-reference"', '"uri"'))
const ajv = addFormats(new Ajv({ allErrors: true, strict: false }))
ajv.addMetaSchema(require('ajv/dist/refs/json-schema-draft-06.json'))
const isStrict = ajv.compile(strict)
const validator = new Validator()

const said = (errors) => errors.map(({ dataPath, instancePath, message }) => `${dataPath ?? instancePath} ${message}`)

function faults(document) {
  const found = isStrict(document) ? [] : said(isStrict.errors)
  try {
    validator.validate(document)
  } catch ({ errors }) {
    found.push(...said(errors))
  }
  return found
}

const results = []
for (const request of requests) {
  const [, method, path, body] = request.match(/^(\w+) (\S+) ?(.*)$/s)
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/vnd.api+json' }
  const answer = await fetch(url + path, { method, headers, body: body || undefined })
  results.push({ request, status: answer.status, faults: faults(await answer.json()) })
}
console.log(JSON.stringify(results))

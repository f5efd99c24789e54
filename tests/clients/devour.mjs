// devour, used as its readme says, and its documents read by jsona.
// `node devour.mjs URL KEY PREFIX DATASET`, with the prefix of the types, prints what it was told, as one JSON value.
import JsonApi from 'devour-client'
import { Jsona } from 'jsona'

const [apiUrl, bearer, prefix, dataset] = process.argv.slice(2)
const api = new JsonApi({ apiUrl, bearer, logger: false })
const jsona = new Jsona()

const type = (name) => prefix + name
const define = (model, path, attributes) =>
  api.define(type(model), attributes, { type: type(path), collectionPath: path, readOnly: ['annotations', 'entries'] })
define('project', 'projects', { name: '' })
define('dataset', 'datasets', {
  name: '',
  progress: 0,
  project: { jsonApi: 'hasOne', type: type('projects') },
  entries: { jsonApi: 'hasMany', type: type('entries') },
})
define('entry', 'entries', {
  resource: '',
  priority: 0,
  metadata: {},
  status: '',
  created_at: '',
  assigned_to: { jsonApi: 'hasOne', type: type('project_members') },
  dataset: { jsonApi: 'hasOne', type: type('datasets') },
  annotations: { jsonApi: 'hasMany', type: type('annotations') },
})
define('annotation', 'annotations', {
  dimensions: {},
  annotation: {},
  entry: { jsonApi: 'hasOne', type: type('entries') },
})

const refused = (request) => request.then(() => 'accepted', (errors) => errors)

// create, with a relationship
const entries = []
for (const priority of [1, 2, 3]) {
  const values = { resource: `devour-${priority}.png`, priority, metadata: { city: 'Lund' }, dataset: { id: dataset } }
  entries.push((await api.create(type('entry'), values)).data)
}
const ids = entries.map(({ id }) => id)
const annotation = await api.create(type('annotation'), {
  dimensions: { type: 'point', x: 1, y: 2 },
  annotation: { label: 'vessel' },
  entry: { id: ids[2] },
})

// list, with include, filter and page
const page = await api.findAll(type('entry'), {
  filter: { dataset_id: dataset, status__in: ['ready', 'in_progress'], metadata: { city: 'Lund' } },
  include: ['dataset', 'annotations'],
  sort: '-priority',
  page: { number: 1, size: 2 },
  fields: { [type('datasets')]: ['name', 'project'] },
  count: true,
})
const next = await api.request(page.links.next)

// one, and what it is linked to
const shown = await api.find(type('entry'), ids[2], { include: 'dataset.project' })
const linkage = await api.one(type('entry'), ids[2]).relationships('dataset').get()
const below = await api.one(type('dataset'), dataset).all(type('entry')).get({ page: { size: 1 } })

// update: of one attribute, and of the whole record as it was read from a list; delete
const updated = await api.update(type('entry'), { id: ids[0], priority: 9, metadata: { city: 'Malmö' } })
const saved = await api.update(type('entry'), { ...page.data[0], priority: 7 })
const deleted = await api.destroy(type('entry'), ids[1])

const read = jsona.deserialize(page.document)
const readOne = jsona.deserialize(shown.document)
const written = jsona.serialize({ stuff: { type: type('entries'), id: ids[2], priority: 8 } })
const patched = await api.request(`${apiUrl}/entries/${ids[2]}`, 'PATCH', {}, written.data)

console.log(JSON.stringify({
  ids,
  created: entries.map(({ priority, dataset, links }) => ({ priority, dataset: dataset.id, self: links.self })),
  annotation: { label: annotation.data.annotation.label, entry: annotation.data.entry.id },
  page: {
    meta: page.meta,
    entries: page.data.map(({ id, dataset, annotations }) => ({
      id, dataset: dataset.name, labels: annotations.map((one) => one.annotation.label),
    })),
  },
  next: { ids: next.data.map(({ id }) => id), links: Object.keys(next.links) },
  project: shown.data.dataset.project.name,
  linkage: linkage.data.id,
  below: below.data.length,
  updated: { priority: updated.data.priority, metadata: updated.data.metadata },
  saved: saved.data.priority,
  deleted: deleted.data,
  jsona: {
    entries: read.map(({ id, dataset, annotations }) => ({
      id, dataset: dataset.name, labels: annotations.map((one) => one.annotation.label),
    })),
    project: readOne.dataset.project.name,
    patched: patched.data.priority,
  },
  refusals: {
    deleted: await refused(api.destroy(type('entry'), ids[1])),
    values: await refused(api.create(type('entry'), { resource: '', priority: 'high', dataset: { id: dataset } })),
    filter: await refused(api.findAll(type('entry'), { filter: { colour: 'red' } })),
    relationship: await refused(api.create(type('dataset'), { name: 'x', project: { id: ids[0] } })),
  },
}))

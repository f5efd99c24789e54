// kitsu, used as its readme says. `node kitsu.mjs URL KEY DATASET` prints what it was told, as one JSON value.
import Kitsu from 'kitsu'

const [baseURL, key, dataset] = process.argv.slice(2)
const headers = { Authorization: `Bearer ${key}` }
// Our names are in snake case; kitsu's default is for camel case types and kebab case paths.
const api = new Kitsu({ baseURL, headers, camelCaseTypes: false, resourceCase: 'none' })
const parent = { dataset: { data: { type: 'datasets', id: dataset } } }

const refused = (request) =>
  request.then(
    () => 'accepted',
    ({ errors, response }) => ({ status: response.status, errors }),
  )

// create, with a relationship
const entries = []
for (const priority of [1, 2, 3]) {
  entries.push(await api.create('entries', {
    resource: `kitsu-${priority}.png`, priority, metadata: { city: 'Lund' }, ...parent,
  }))
}
const ids = entries.map(({ data }) => data.id)
const annotation = await api.create('annotations', {
  dimensions: { type: 'point', x: 1, y: 2 },
  annotation: { label: 'vessel' },
  entry: { data: { type: 'entries', id: ids[2] } },
})

// list, with include, filter and page
const params = {
  filter: { dataset_id: dataset, status__in: ['ready', 'in_progress'], metadata: { city: 'Lund' } },
  include: 'dataset,annotations',
  sort: '-priority',
  page: { number: 1, size: 2 },
  fields: { datasets: 'name' },
  count: true,
}
const page = await api.get('entries', { params })
const next = await api.request({ url: page.links.next })

// one, and what it is linked to
const shown = await api.get(`entries/${ids[2]}`, { params: { include: 'dataset.project' } })
const related = await api.get(`entries/${ids[2]}/dataset`)
const linkage = await api.get(`entries/${ids[2]}/relationships/dataset`)
const below = await api.get(`datasets/${dataset}/entries`, { params: { page: { size: 1 } } })
const members = await api.get('project_members')

const usual = await new Kitsu({ baseURL, headers }).get('entry', { params: { filter: { dataset_id: dataset } } })

// update, delete
const updated = await api.update('entries', { id: ids[0], priority: 9, metadata: { city: 'Malmö' } })
const deleted = await api.remove('entries', ids[1])

console.log(JSON.stringify({
  ids,
  created: entries.map(({ status, headers, data }) => ({
    status, location: headers.location, self: data.links.self, priority: data.priority, dataset: data.dataset.data.id,
  })),
  annotation: { label: annotation.data.annotation.label, entry: annotation.data.entry.data.id },
  page: {
    meta: page.meta,
    entries: page.data.map((entry) => ({
      id: entry.id, dataset: entry.dataset.data.name, labels: entry.annotations.data.map((one) => one.annotation.label),
    })),
  },
  next: { ids: next.data.map(({ id }) => id), links: Object.keys(next.links) },
  project: shown.data.dataset.data.project.data.name,
  related: related.data.id,
  linkage: linkage.data.id,
  below: below.data.length,
  members: members.data.length,
  usual: usual.data.length,
  updated: { status: updated.status, priority: updated.data.priority, metadata: updated.data.metadata },
  deleted: deleted.status,
  refusals: {
    deleted: await refused(api.remove('entries', ids[1])),
    values: await refused(api.create('entries', { resource: '', priority: 'high', ...parent })),
    filter: await refused(api.get('entries', { params: { filter: { colour: 'red' } } })),
    conflict: await refused(api.create('datasets', { name: 'x', project: { data: { type: 'entries', id: ids[0] } } })),
    key: await refused(api.get('entries', { headers: { Authorization: 'Bearer none' } })),
  },
}))

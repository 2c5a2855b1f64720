// @procore/js-sdk: tokens by a code that its owner allowed, then its client's requests.
// Says at its end what it found, as JSON on its last line. Requests are noted at the
// fetch that the client uses.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const env = process.env;
const require = createRequire(path.join(env.NODE_MODULES, 'of-its-own.js'));
const { client, info, oauth, refresh, revoke, token } = require('@procore/js-sdk');
const { version } = require('@procore/js-sdk/package.json');

const project = Number(env.PROJECT);
const calls = [];
const found = {};

const realFetch = globalThis.fetch;
globalThis.fetch = async (url, options = {}) => {
  const answer = await realFetch(url, options);
  const { pathname, search } = new URL(url);
  calls.push([options.method ?? 'GET', pathname + search, answer.status]);
  return answer;
};

const refused = async (promise) => {
  try {
    await promise;
    return 'nothing';
  } catch (error) {
    return String(error.response?.status ?? error);
  }
};

// Tokens

const program = { id: env.CLIENT_ID, secret: env.CLIENT_SECRET, uri: env.REDIRECT_URI };
const first = await token({ ...program, code: env.CODE }, env.ORIGIN);
found.again = Boolean((await token({ ...program, code: env.CODE }, env.ORIGIN)).error);
const held = await token({ ...program, code: env.SECOND_CODE }, env.ORIGIN);
const renewed = await refresh(
  { ...program, token: held.access_token, refresh: held.refresh_token },
  env.ORIGIN,
);
found.tokens = { first: first.token_type, renewed: renewed.token_type };
const told = await info(renewed.access_token, env.ORIGIN);
found.info = { program: told.application.uid === env.CLIENT_ID };

const api = client(
  oauth(renewed.access_token),
  {},
  { apiHostname: env.ORIGIN, defaultCompanyId: project },
);
const inProject = { project_id: project };
const rows = async (more = {}) =>
  (await api.get({ base: '/images', qs: { ...inProject, ...more } })).body;
const ids = async (more) => (await rows(more)).map((row) => row.id);
const one = (id, action, more = {}) => ({
  base: '/images',
  params: { id },
  action,
  qs: { ...inProject, ...more },
});

// All pages, by the links that the answers name
const every = async () => {
  const all = [];
  let next = `/rest/v1.0/images?project_id=${project}&per_page=2&sort=created_at`;
  while (next) {
    const { body, response } = await api.get(next);
    all.push(...body.map((row) => row.id));
    const link = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '');
    next = link && new URL(link[1]).pathname + new URL(link[1]).search;
  }
  return all;
};

// Reading

found.companies = (await api.get({ base: '/companies' })).body.map((row) => row.id);
found.projects = (
  await api.get({ base: '/projects', qs: { company_id: project } })
).body.map((row) => row.id);
found.albums = (
  await api.get({ base: '/image_categories', qs: inProject })
).body.map((row) => row.name);
found.every = await every();
found.filtered = {
  private: await ids({ filters: { private: true } }),
  ids: await ids({ filters: { id: [1, 6] } }),
  words: await ids({ filters: { query: 'crane' } }),
  location: await ids({ filters: { location_id: [2] } }),
  trade: await ids({ filters: { trade_ids: [1] } }),
  uploader: await ids({ filters: { uploader_id: [2] } }),
  changed: await ids({ filters: { updated_at: '2001-01-01...2001-12-31' } }),
  album: await ids({ image_category_id: 2 }),
};
const { body: shown } = await api.get(one(1));
found.shown = { id: shown.id, filename: shown.filename };
found.missing = await refused(api.get(one(999999)));
found.malformed = await refused(ids({ filters: { updated_at: 'yesterday' } }));

// Adding by an upload

const photo = await readFile(env.PHOTO);
const name = path.basename(env.PHOTO);
const { body: upload } = await api.post(
  { base: `/projects/${project}/uploads`, version: 'v1.1' },
  { response_filename: name, response_content_type: 'image/jpeg', size: photo.length },
);
const form = new FormData();
Object.entries(upload.fields).forEach(([key, value]) => form.append(key, value));
form.append('file', new Blob([photo], { type: 'image/jpeg' }), name);
await fetch(upload.url, { method: 'POST', body: form });
const sent = {
  upload_uuid: upload.uuid,
  image_name: name,
  image: {
    description: 'by the JS SDK',
    mt_location: ['Tower', 'Level 9'],
    trade_ids: [1],
    log_date: '2026-05-11',
    private: false,
  },
};
const images = { base: '/images', qs: inProject };
const { body: created } = await api.post(images, sent);
found.created = created;
found.twice = await refused(api.post(images, sent));
const file = await realFetch(created.url);
found['same bytes'] = Buffer.from(await file.arrayBuffer()).equals(photo);

// Changing and deleting

const changes = { description: 'changed', starred: true, location_id: 2 };
found.updated = (await api.patch(one(created.id), { image: changes })).body;
found.empty = (await api.delete(one(created.id))).body;
found.deleted = await refused(api.get(one(created.id)));
found.bin = await ids({ filters: { include_deleted: 'only' } });
found.retrieved = (await api.patch(one(created.id, 'retrieve'), {})).body;
await api.delete(one(created.id, undefined, { permanent: true }));
found.ended = await refused(api.get(one(created.id)));

// The end of the token

await revoke(
  { token: renewed.access_token, clientId: program.id, clientSecret: program.secret },
  env.ORIGIN,
);
found.revoked = await refused(api.get(one(1)));

const about = { client: '@procore/js-sdk', version, runs_on: `Node ${process.version}` };
console.log(JSON.stringify({ ...about, calls, found }));

// node yaml_dump.js FOLDER READER < YAML: one line of JSON a document, as an npm package in FOLDER reads it.
const fs = require('fs');
const path = require('path');
const [folder, reader] = process.argv.slice(2);
const load = (name) => require(path.join(folder, 'node_modules', name));
const readers = {
  'js-yaml': (text) => load('js-yaml').loadAll(text),
  'yaml-1.1': (text) => load('yaml').parseAllDocuments(text, {version: '1.1'}).map(value),
  'yaml-1.2': (text) => load('yaml').parseAllDocuments(text, {version: '1.2'}).map(value),
};
function value(document) {
  if (document.errors.length > 0) throw document.errors[0];
  return document.toJS();
}
const out = readers[reader](fs.readFileSync(0, 'utf8')).map((document) => JSON.stringify(document) + '\n');
fs.writeFileSync(1, out.join(''));

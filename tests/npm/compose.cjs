// compose.cjs NODE_MODULES FILE: holds a compose file against the published schema, and prints it as JSON with its merges made. Exit status 1 where it does not fit.
const { readFileSync } = require('node:fs');
const [modules, file] = process.argv.slice(2);
const { parseDocument } = require(`${modules}/yaml`);
const Ajv = require(`${modules}/ajv/dist/2020`).default;

const document = parseDocument(readFileSync(file, 'utf8'), { merge: true });
const problems = document.errors.concat(document.warnings).map(problem => problem.message);
const read = document.toJS();
if (problems.length === 0) {
    const schema = JSON.parse(readFileSync(`${modules}/dclint/schemas/compose.schema.json`, 'utf8'));
    delete schema.$schema;
    const fits = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
    if (!fits(read))
        problems.push(...fits.errors.map(error => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`));
}
if (problems.length > 0) {
    console.error(problems.join('\n'));
    process.exit(1);
}
console.log(JSON.stringify(read));

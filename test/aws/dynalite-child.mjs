// DynamoDB on LevelDB in a process of its own: a connection that ends inside of a request kills it.
import dynalite from "dynalite";

const options = { createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 };
const server = dynalite(options).listen(0, "127.0.0.1", () => {
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`);
});

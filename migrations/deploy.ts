// Run by `anchor migrate` after a deployment, with a provider made from Anchor.toml.
//
// A deployment alone does nothing: the exchange is an account that its admin creates. This script
// changes nothing either; it looks at the cluster and says what is missing, so that it is safe to run
// at any time.

import { readFileSync } from "fs";
import { join } from "path";

import { type AnchorProvider, web3 } from "@anchor-lang/core";

/** The address that the committed interface description names. */
function declaredProgram(): web3.PublicKey {
  const file = join(__dirname, "..", "sdk", "idl", "ballast.json");
  const idl: { address: string } = JSON.parse(readFileSync(file, "utf8"));
  return new web3.PublicKey(idl.address);
}

module.exports = async function (provider: AnchorProvider): Promise<void> {
  const program = declaredProgram();
  const cluster = provider.connection.rpcEndpoint;

  const deployed = await provider.connection.getAccountInfo(program);
  if (deployed === null) {
    throw new Error(`no program at ${program.toBase58()} on ${cluster}; run \`anchor deploy\` first`);
  }
  if (!deployed.executable) {
    throw new Error(`the account ${program.toBase58()} on ${cluster} is no program`);
  }
  console.log(`Ballast is deployed at ${program.toBase58()} on ${cluster}.`);

  const [exchange] = web3.PublicKey.findProgramAddressSync([Buffer.from("exchange")], program);
  const account = await provider.connection.getAccountInfo(exchange);
  if (account === null) {
    console.log("There is no exchange yet. Next is `exchange_init`, signed by whoever becomes its admin.");
    return;
  }
  if (!account.owner.equals(program)) {
    throw new Error(`${exchange.toBase58()} belongs to ${account.owner.toBase58()}, not to the program`);
  }
  console.log(`The exchange is at ${exchange.toBase58()}; there is nothing to do.`);
};

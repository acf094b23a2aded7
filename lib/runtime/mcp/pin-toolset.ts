import { listContracts } from "./list-contracts.ts";
import { type McpContract, mcpContractDigest } from "./mcp-contract.ts";
import type { McpServer, McpWorld } from "./mcp-world.ts";
import { withMcpServer } from "./with-mcp-server.ts";

export interface McpPin extends McpContract {
  readonly digest: string;
}

/** What the server offers right now, ready to be written into a toolset's file. Throws as `withMcpServer`. */
export async function pinToolset(server: McpServer, world: McpWorld): Promise<readonly McpPin[]> {
  const contracts = await withMcpServer(server, world, listContracts);
  return contracts.map((contract) => ({ ...contract, digest: mcpContractDigest(contract) }));
}

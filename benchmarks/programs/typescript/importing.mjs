// e-import: nothing but the import.
import "@agentclientprotocol/sdk";

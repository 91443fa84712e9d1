"""措施登记: measures that organs imposed, each resting on records; whether one is in force is computed, never stored."""

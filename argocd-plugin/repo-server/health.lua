-- Health of an AutoCache resource. Always Healthy, with the state as its message: a PostSync hook waits for Healthy, and Degraded ends
-- a sync, so any other answer would keep the hook from repairing what it reports. The StatefulSets have their own health.
local health = {status = "Healthy", message = "The hook has not reported yet"}
if obj.status == nil then
  return health
end
local status = obj.status
local text = status.phase or "Unknown phase"
if status.readyReplicas ~= nil and status.replicas ~= nil then
  text = text .. ", " .. status.readyReplicas .. "/" .. status.replicas .. " nodes ready"
end
if status.slotsAssigned ~= nil then
  text = text .. ", " .. status.slotsAssigned .. " slots assigned"
end
for _, condition in ipairs(status.conditions or {}) do
  if condition.type == "Degraded" and condition.status == "True" then
    text = text .. "; degraded: " .. (condition.message or condition.reason or "")
  end
end
if status.observedGeneration ~= nil and obj.metadata.generation ~= nil and status.observedGeneration < obj.metadata.generation then
  text = text .. " (of an earlier generation)"
end
health.message = text
return health

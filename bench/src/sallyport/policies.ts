/** A set as a small platform team would have: who may, what nobody may, and what needs a yes. */
export const POLICIES = `
@id("users-use-the-notes")
permit (principal in Role::"user", action in Action::"notes", resource);

@id("auditors-read-the-notes")
permit (principal in Role::"auditor", action == Action::"lean/echo", resource);

@id("admins-do-everything")
permit (principal in Role::"admin", action, resource);

@id("wildcard-argument") @hard @advice("Name one note.")
forbid (principal, action in Action::"notes", resource)
when { !context.facts.wildcards.isEmpty() };

@id("bulk-argument") @hard @advice("One note at a time.")
forbid (principal, action in Action::"notes", resource)
when { context.facts.bulk > 1 };

@id("unbounded-query") @hard @advice("Say which note you mean.")
forbid (principal, action in Action::"notes", resource)
when { !context.facts.unbounded.isEmpty() };

@id("no-long-notes") @hard @advice("Shorten the note.")
forbid (principal, action in Action::"notes", resource)
when { context.facts.bytes > 100000 };

@id("no-credentials-in-notes") @hard @advice("Leave credentials out.")
forbid (principal, action in Action::"notes", resource)
when { context.arguments.message like "*BEGIN PRIVATE KEY*" || context.arguments.message like "*password=*" };

@id("interns-are-read-only") @hard
forbid (principal in Role::"intern", action in Action::"notes", resource);

@id("publishing-needs-a-yes") @confirm("self") @ask("Publish {message}?")
forbid (principal, action == Action::"lean/echo", resource)
when { context.arguments.message like "publish *" };
`;

/** The least that lets a call through. */
export const ONE_POLICY = `
@id("users-use-the-notes")
permit (principal in Role::"user", action in Action::"notes", resource);
`;

import Formats

/// One message of a conversation.
package struct ChatMessage: Sendable, Hashable {
  package enum Role: String, Sendable, Hashable {
    case system, user, assistant
  }
  package var role: Role
  package var content: String

  package init(_ role: Role, _ content: String) {
    self.role = role
    self.content = content
  }

  /// As templates see it.
  var value: Value {
    .mapping(
      Mapping([("role", .string(role.rawValue)), ("content", .string(content))]))
  }
}

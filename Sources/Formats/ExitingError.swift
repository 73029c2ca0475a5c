/// An error that may end the process, and says with which status.
///
/// Every error type of this package is one (RepositoryTests): an `InputFailure`, a `RunFailure`, or, where its
/// cases differ, one that says whom each is to be blamed on.
package protocol ExitingError: Error {
  var blame: Blame { get }
}

/// Whom a failure is to be blamed on.
package enum Blame: Sendable {
  /// A file, folder or flag cannot be used; running again does not help.
  case input
  /// The run itself failed, for example because the disk is full or a loss is not a number.
  case run
}

/// What was given cannot be used.
package protocol InputFailure: ExitingError {}

extension InputFailure {
  package var blame: Blame { .input }
}

/// The run failed, although what was given can be used.
package protocol RunFailure: ExitingError {}

extension RunFailure {
  package var blame: Blame { .run }
}

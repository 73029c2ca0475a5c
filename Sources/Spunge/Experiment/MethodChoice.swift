package import Yams

/// A method picked by name, with its settings as written; the stage's catalog turns it into a method.
package struct MethodChoice: Hashable {
  /// Catalog name, for example `rmu`.
  package var name: String
  /// The user's mapping; nil when none was written.
  package var settings: Node?

  package init(name: String, settings: Node? = nil) {
    self.name = name
    self.settings = settings
  }
}

/// The names that an experiment may use, from the catalogs, the task folder and the formats.
package struct ExperimentVocabulary {
  /// The methods of one stage.
  package struct Stage {
    package var names: [String]
    /// Throws when the settings do not fit the method.
    package var check: (MethodChoice) throws -> Void

    package init(names: [String], check: @escaping (MethodChoice) throws -> Void) {
      self.names = names
      self.check = check
    }
  }

  package var split: Stage
  package var unlearn: Stage
  package var merge: Stage
  package var tasks: [String]
  package var formats: [String]

  package init(split: Stage, unlearn: Stage, merge: Stage, tasks: [String], formats: [String]) {
    self.split = split
    self.unlearn = unlearn
    self.merge = merge
    self.tasks = tasks
    self.formats = formats
  }
}

package import Reporting

/// Changes a variant's weights before scoring: an attack, or what happens to models in deployment.
///
/// To add one: a type in `Transform/Methods` and a line in `transforms`.
package protocol Transform: CatalogMethod {
  /// The setting that a plain value sets: `scale: 1.2` is `scale: {factor: 1.2}`.
  static var mainSetting: String { get }
  /// Settings that others among its settings leave without effect.
  var unusedSettings: [String] { get }
  /// Whether it works on the difference from the base, which it then leaves one.
  static var needsDifference: Bool { get }

  /// What kind of attack it is, if it is one.
  static var attack: AttackedRow.Kind { get }

  /// What it comes to, before anything is computed: everything that can be told by then has been checked.
  /// - Throws: what reading its data throws, `UnlearningError`, `TrainingPlanError`.
  func plan(_ site: TransformSite) throws -> TransformPlan
}

extension Transform {
  package static var needsDifference: Bool { false }
  package static var attack: AttackedRow.Kind { .other }
  package var unusedSettings: [String] { [] }

  /// The digest of transformed weights whose original digest is `digest`.
  func digest(after digest: String) throws -> String {
    "\(digest)\n\(card.name) \(card.version)\n\(try resolvedYAML())"
  }
}

/// Every transform that a variant can name.
package let transforms = Catalog<any Transform>(
  of: "transform",
  [
    .init(Scale.self),
    .init(Quantise.self),
    .init(Prune.self),
    .init(Relearn.self),
  ])

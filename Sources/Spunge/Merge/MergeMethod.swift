package import Formats
import Tensors

/// Combines the parts' differences from the base into one.
package protocol MergeMethod: CatalogMethod {
  /// Looks at all parts as often as it needs and returns how their elements are merged.
  ///
  /// - Throws: `MergeError` where the settings do not fit the parts.
  func rule(for parts: DeltaParts) throws -> any MergeRule
  /// Throws where the settings do not fit so many parts; `rule` is asked only for numbers that do.
  func check(parts: Int) throws(MergeError)
}

extension MergeMethod {
  package func check(parts: Int) throws(MergeError) {}
}

/// How the elements of one stretch of one tensor are merged.
///
/// Methods work element by element once they have looked at everything, so that a merge streams; or
/// tensor by tensor (`WholeTensorRule`).
package protocol MergeRule: Sendable {
  /// - Parameters:
  ///   - parts: the parts' values of the same stretch; may be overwritten.
  ///   - tensor: the tensor's name.
  ///   - offset: index of the stretch's first element in the tensor.
  ///   - result: receives the merged difference.
  /// - Throws: read errors.
  func merge(
    _ parts: [UnsafeMutableBufferPointer<Float>], tensor: String, offset: Int,
    into result: UnsafeMutableBufferPointer<Float>) throws
}

/// Every merge method that an experiment can name.
package let mergeMethods = Catalog<any MergeMethod>(
  of: "merge method",
  [
    .init(TIES.self),
    .init(TaskArithmetic.self),
    .init(Average.self),
    .init(DARE.self),
    .init(DARETIES.self),
    .init(NegMerge.self),
    .init(SLERP.self),
    .init(Breadcrumbs.self),
    .init(DELLA.self),
    .init(ModelStock.self),
    .init(SCE.self),
    .init(KnOTS.self),
    .init(TSVM.self),
    .init(IsoC.self),
    .init(IsoCTS.self),
  ])

/// Parts that cannot be merged, or not with these settings.
package enum MergeError: ExitingError, CustomStringConvertible, Equatable {
  case noParts
  case unknownTensor(String, part: String)
  case wrongShape(String, part: String, shape: [Int], base: [Int])
  case notFinite(tensor: String, index: Int, value: Float, part: String)
  case partCount(Int, method: String, needed: Int)
  case tooFewParts(Int, method: String, needed: Int)
  case weightCount(Int, parts: Int)
  case weightsNotTaken(dialect: String)
  case otherArchitecture(part: String, architecture: String, base: String)
  case nothingKept(tensor: String, count: Int, density: Double)

  package var blame: Blame {
    if case .notFinite = self { .run } else { .input }
  }

  package var description: String {
    switch self {
    case .noParts:
      "there are no parts to merge; give at least one"
    case .unknownTensor(let tensor, let part):
      "part '\(part.shown())': the base has no tensor '\(tensor.shown())'; "
        + "the part was trained from another base or is of another architecture"
    case .wrongShape(let tensor, let part, let shape, let base):
      "part '\(part.shown())': tensor '\(tensor.shown())' has shape \(shape.shown) and the base's has \(base.shown); "
        + "merge only parts that were trained from this base"
    case .notFinite(let tensor, let index, let value, let part):
      "part '\(part.shown())': element \(index) of tensor '\(tensor.shown())' is \(value); "
        + "the part's training diverged: lower its learning rate or leave it out"
    case .partCount(let count, let method, let needed):
      "\(method) merges \(needed) parts and was given \(count); choose another method"
    case .tooFewParts(let count, let method, let needed):
      "\(method) merges at least \(needed) parts and was given \(count); choose another method"
    case .weightCount(let count, let parts):
      "\(count) weights for \(parts) part\(parts == 1 ? "" : "s"); "
        + "give one weight a part, in their order, or none"
    case .weightsNotTaken(let dialect):
      "the dialect '\(dialect.shown())' takes no weights; remove them or choose peft or mergekit"
    case .otherArchitecture(let part, let architecture, let base):
      "part '\(part.shown())' is a \(architecture.shown()), the base a \(base.shown()): give parts that were made from the base"
    case .nothingKept(let tensor, let count, let density):
      "tensor '\(tensor.shown())' has \(count) elements, of which density \(density) keeps none; "
        + "mergekit refuses that too: raise the density or choose another dialect"
    }
  }
}

/// One weight a part: `weights`, or ones when there are none.
func weights(_ weights: [Double], parts: Int) throws(MergeError) -> [Double] {
  if weights.isEmpty { return Array(repeating: 1, count: parts) }
  guard weights.count == parts else { throw .weightCount(weights.count, parts: parts) }
  return weights
}

#include "spec/load.h"

#include "base/json.h"
#include "base/text.h"
#include "spec/codes.h"
#include "spec/metadata.h"
#include "spec/rules.h"
#include "spec/say.h"
#include "spec/walk.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace autocache::spec {
namespace {

std::string_view text_of(const yaml::Node& root, std::string_view key) {
  const auto* node = root.find(key);
  return node != nullptr && node->kind == yaml::Kind::kScalar ? std::string_view(node->scalar)
                                                              : std::string_view();
}

/// The token of a JSON pointer, unescaped.
std::string unescape(std::string_view token) {
  std::string out;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1')) {
      out += token[++i] == '0' ? '~' : '/';
    } else {
      out += token[i];
    }
  }
  return out;
}

}  // namespace

class Loader::State {
 public:
  explicit State(LoadOptions options) : options_(std::move(options)), walk_(diagnostics_) {}

  Loaded add(const yaml::Document& document) {
    Loaded loaded;
    const auto& root = document.root;
    const auto version = text_of(root, "apiVersion");
    const auto kind = text_of(root, "kind");
    const auto* schema = find_kind(version, kind);
    if (schema == nullptr) {
      if (is_meant_for_us(version)) {
        wrong_kind(root, version, kind);
      } else {
        loaded.is_other = true;
      }
      return loaded;
    }
    const auto before = diagnostics_.size();
    loaded.resource = resource(document, *schema);
    std::stable_sort(diagnostics_.begin() + static_cast<std::ptrdiff_t>(before), diagnostics_.end(),
                     [](const Diagnostic& a, const Diagnostic& b) {
                       return std::tie(a.at.file, a.at.line, a.at.column) <
                              std::tie(b.at.file, b.at.line, b.at.column);
                     });
    return loaded;
  }

  Diagnostics finish() {
    check_name_clashes(claims_, diagnostics_);
    return std::move(diagnostics_);
  }

 private:
  static bool is_meant_for_us(std::string_view version) {
    return std::any_of(kinds().begin(), kinds().end(), [&](const KindSchema& kind) {
      return version.substr(0, version.find('/')) == kind.group;
    });
  }

  void wrong_kind(const yaml::Node& root, std::string_view version, std::string_view kind) {
    std::vector<std::string_view> kind_names;
    std::vector<std::string> versions;
    for (const auto& entry : kinds()) {
      kind_names.push_back(entry.kind);
      versions.push_back(std::string(entry.group) + "/" + std::string(entry.version));
    }
    const Frame top;
    const bool version_known =
        std::find(versions.begin(), versions.end(), version) != versions.end();
    if (!version_known) {
      walk_.error(code::kKind, root.find("apiVersion")->at, {&top, "apiVersion"},
                  "there is no version " + in_quotes(version), "write " + versions.front());
      return;
    }
    const auto* place = root.find("kind");
    const auto near = closest(kind, kind_names);
    walk_.error(
        code::kKind, place != nullptr ? place->at : root.at, {&top, "kind"},
        place == nullptr ? "is required" : "there is no kind " + in_quotes(kind),
        near ? "did you mean \"" + std::string(*near) + "\"?" : "kinds are " + list_of(kind_names));
  }

  std::optional<Resource> resource(const yaml::Document& document, const KindSchema& kind) {
    const auto& root = document.root;
    const Frame top;
    const auto before = diagnostics_.size();
    Resource out;
    out.kind = &kind;
    out.document = &document;
    for (auto* object : {&out.object, &out.written}) {
      (*object)["apiVersion"] = text_of(root, "apiVersion");
      (*object)["kind"] = kind.kind;
    }
    bool fine = true;
    std::vector<std::string_view> names;
    for (const auto& property : kind.root->properties) {
      names.push_back(property.name);
    }
    for (const auto& member : root.members) {
      if (kind.root->find(member.key) == nullptr) {
        const auto near = closest(member.key, names);
        walk_.error(code::kUnknownField, member.key_at, {&top, member.key}, "unknown field",
                    near ? "did you mean \"" + std::string(*near) + "\"?" : "");
        fine = false;
      }
    }
    const Frame metadata{&top, "metadata"};
    if (const auto* node = root.find("metadata");
        node != nullptr && node->kind == yaml::Kind::kMapping) {
      fine = read_metadata(walk_, *kind.root->find("metadata")->schema, *node, metadata, options_,
                           out) &&
             fine;
    } else {
      walk_.error(node != nullptr ? code::kType : code::kRequired,
                  node != nullptr ? node->at : root.at, metadata,
                  node != nullptr ? "must be an object, not " + kind_of(*node) : "is required");
      fine = false;
    }
    fine = spec(root, kind, top, out) && fine;
    std::vector<std::string> broken;
    for (std::size_t i = before; i < diagnostics_.size(); ++i) {
      if (diagnostics_[i].severity == Severity::kError) {
        broken.push_back(diagnostics_[i].path);
      }
    }
    const auto after = diagnostics_.size();
    check_rules(out, broken, diagnostics_);
    fine = fine && std::none_of(diagnostics_.begin() + static_cast<std::ptrdiff_t>(after),
                                diagnostics_.end(), [](const Diagnostic& each) {
                                  return each.severity == Severity::kError;
                                });
    const bool is_unique = out.name.empty() || unique(document, out);
    if (!is_unique || !fine) {
      return std::nullopt;
    }
    claims_.push_back(name_claim(out));
    return out;
  }

  bool spec(const yaml::Node& root, const KindSchema& kind, const Frame& top, Resource& out) {
    const auto& schema = *kind.root->find("spec")->schema;
    const Frame frame{&top, "spec"};
    const auto* node = root.find("spec");
    const bool is_empty =
        node == nullptr ||
        (node->kind == yaml::Kind::kScalar && node->style == yaml::Style::kPlain &&
         (node->scalar.empty() || node->scalar == "null" || node->scalar == "~"));
    Json object = Json::object();
    Json written = Json::object();
    bool fine = true;
    if (is_empty) {
      object = default_value(schema);
    } else {
      fine = walk_.read(schema, *node, frame, object, written);
    }
    out.object["spec"] = std::move(object);
    out.written["spec"] = std::move(written);
    return fine;
  }

  /// Two objects of one identity would overwrite each other.
  bool unique(const yaml::Document& document, const Resource& resource) {
    const auto at = locate(document, "/metadata/name");
    sources_.insert(sources_.end(), document.sources.begin(), document.sources.end());
    const auto [first, is_new] =
        places_.emplace(std::tuple(resource.kind, resource.name_space, resource.name), at);
    if (is_new) {
      return true;
    }
    const auto& other = first->second;
    const Frame top;
    const Frame metadata{&top, "metadata"};
    walk_.error(
        code::kIdentity, at, {&metadata, "name"},
        std::string(resource.kind->kind) + " " + in_quotes(resource.name) +
            (resource.name_space.empty() ? "" : " of namespace " + in_quotes(resource.name_space)) +
            " exists twice; the first is at " +
            (other.source != nullptr ? other.source->name : "") + ":" + std::to_string(other.line) +
            ":" + std::to_string(other.column));
    return false;
  }

  LoadOptions options_;
  Diagnostics diagnostics_;
  Walk walk_;
  std::vector<SourcePtr> sources_;  ///< what the places point into
  std::vector<NameClaim> claims_;
  std::map<std::tuple<const KindSchema*, std::string, std::string>, Position> places_;
};

Loader::Loader(LoadOptions options) : state_(std::make_unique<State>(std::move(options))) {}
Loader::Loader(Loader&&) noexcept = default;
Loader& Loader::operator=(Loader&&) noexcept = default;
Loader::~Loader() = default;

Loaded Loader::add(const yaml::Document& document) {
  return state_->add(document);
}

Diagnostics Loader::finish() {
  return state_->finish();
}

LoadResult load(const std::vector<yaml::Document>& documents, const LoadOptions& options) {
  LoadResult result;
  Loader loader(options);
  for (const auto& document : documents) {
    Loaded loaded = loader.add(document);
    if (loaded.resource) {
      result.resources.push_back(std::move(*loaded.resource));
    } else if (loaded.is_other) {
      result.others.push_back(&document);
    }
  }
  result.diagnostics = loader.finish();
  return result;
}

Position locate(const yaml::Document& document, std::string_view pointer) {
  const auto* node = &document.root;
  auto at = node->at;
  while (pointer.starts_with('/')) {
    pointer.remove_prefix(1);
    const auto token = unescape(pointer.substr(0, pointer.find('/')));
    pointer.remove_prefix(std::min(pointer.size(), pointer.find('/')));
    const yaml::Node* next = nullptr;
    if (node->kind == yaml::Kind::kSequence) {
      std::size_t index = 0;
      for (const char c : token) {
        index = c >= '0' && c <= '9' && index < node->items.size()
                    ? index * 10 + static_cast<std::size_t>(c - '0')
                    : node->items.size();
      }
      next = index < node->items.size() ? &node->items[index] : nullptr;
      at = next != nullptr ? next->at : at;
    } else {
      for (const auto& member : node->members) {
        if (member.key == token) {
          next = &member.value;
          at = pointer.empty() && next->kind == yaml::Kind::kScalar ? next->at : member.key_at;
        }
      }
    }
    if (next == nullptr) {
      break;
    }
    node = next;
  }
  return at;
}

}  // namespace autocache::spec

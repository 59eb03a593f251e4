import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;

import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;

/**
 * One OpenSearch node from jars of the class path: folder with `config/opensearch.yml` → a node until the process ends.
 *
 * OpenSearch's own starter wants a folder laid out like its distribution, no root, and Java's security manager,
 * which newer Javas do not have; the node itself wants none of them.
 */
public class SearchNode extends Node {
    private static final Class[] PLUGINS = {
        org.opensearch.transport.Netty4Plugin.class,
        org.opensearch.analysis.common.CommonAnalysisPlugin.class,
        org.opensearch.index.reindex.ReindexPlugin.class,
        org.opensearch.security.OpenSearchSecurityPlugin.class,
    };

    private SearchNode(Environment environment, Collection plugins) {
        super(environment, plugins, true);
    }

    public static void main(String[] arguments) throws Exception {
        Path home = Paths.get(arguments[0], new String[0]);
        Settings settings = Settings.builder().put("path.home", home.toString()).build();
        Environment environment = InternalSettingsPreparer.prepareEnvironment(
            settings, Collections.emptyMap(), home.resolve("config"), null);
        final SearchNode node = new SearchNode(environment, Arrays.asList(PLUGINS));
        Runtime.getRuntime().addShutdownHook(new Thread() {
            public void run() {
                try {
                    node.close();
                } catch (IOException error) {
                    error.printStackTrace();
                }
            }
        });
        node.start();
        // Its own threads are daemons.
        Thread.currentThread().join();
    }
}
